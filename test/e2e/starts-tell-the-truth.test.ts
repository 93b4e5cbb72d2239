import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { startFailure } from '../../src/start-failure.js';
import { startService } from '../../src/start-service.js';
import type { RunningService } from '../../src/start-service.js';
import { openVaultOfService } from '../../src/vault-access/vault-access.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { LogWatch } from '../harness/log-watch.js';
import { S3Server } from '../harness/s3-server.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { MARK } from '../harness/secret-mark.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { waitUntil } from './wait-until.js';

const PROJECT = '6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01';
/** Nobody's key: not the one that tests make up. */
const otherKey = (): string => randomBytes(32).toString('base64');

let setting: ServiceSetting;

beforeAll(async () => {
  setting = await createServiceSetting();
  await started();
});
afterAll(() => setting.remove());

/** Starts it, lets somebody look at it, and ends it. */
async function started(
  env: NodeJS.ProcessEnv = {},
  look: (service: RunningService) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const service = await startService(loadConfiguration({ ...setting.env, ...env }), { log: new LogWatch() });
  await look(service).finally(() => service.stop());
}

/** What a service says that does not start; nothing of a secret or a trace is in it. */
async function refusal(env: NodeJS.ProcessEnv = {}): Promise<string> {
  const said = await started(env).then(
    () => 'It started.',
    (error: unknown) => inspect(startFailure(error)).slice(1, -1),
  );
  expect(said).not.toContain(MARK);
  expect(said).not.toContain('\n');
  return said;
}

async function withProject(env: NodeJS.ProcessEnv): Promise<void> {
  const access = await openVaultOfService(loadConfiguration({ ...setting.env, ...env }));
  const header = { snapshotId: PROJECT, createdAt: new Date().toISOString(), tools: {} };
  await (await access.vault.beginCapture(PROJECT, header)).discard();
  await access.close();
}

describe('the master key', () => {
  it('of another vault is refused before anything is done, in whatever way it is given', async () => {
    const vault = { VAULT_PATH: join(setting.directory, 'vault-of-a-key') };
    await withProject(vault);
    await started(vault);
    expect(await refusal({ ...vault, VAULT_MASTER_KEY: otherKey() })).toMatch(
      /^VAULT_MASTER_KEY: .*master key [0-9a-f]{16}, but the one given is [0-9a-f]{16}\. .* \(wrong-master-key\)$/,
    );
    await started({ VAULT_PATH: join(setting.directory, 'new-vault'), VAULT_MASTER_KEY: otherKey() });
  });
});

describe('the credentials key', () => {
  it('is held against a mark of its own, so that another one is refused before any password is stored', async () => {
    expect(await refusal({ CREDENTIALS_KEY: otherKey() })).toMatch(/^CREDENTIALS_KEY .* \(wrong-credentials-key\)$/);
  });

  it('is held against the passwords that a version without the mark has stored', async () => {
    let place: TestEnvironment | undefined;
    try {
      await started({}, async ({ url }) => {
        const client = connect({ baseUrl: url!, token: testToken(), fetch: checkedFetch });
        place = await createTestEnvironment(client, setting.filestoreRoot);
      });
      await query(setting.database, 'DELETE FROM key_marks');
      expect(await refusal({ CREDENTIALS_KEY: otherKey() })).toMatch(/\(wrong-credentials-key\)$/);
      await started();
    } finally {
      await place?.database.drop();
    }
  });

  it('can be replaced by somebody who says that the old one is lost, and is the only one from then on', async () => {
    const replaced = { CREDENTIALS_KEY: otherKey() };
    await started({ ...replaced, CREDENTIALS_KEY_REPLACED: 'true' });
    await started(replaced);
    expect(await refusal()).toMatch(/\(wrong-credentials-key\)$/);
    await started({ CREDENTIALS_KEY_REPLACED: 'true' });
  });
});

describe('a state database of a newer version', () => {
  const migration = 'Later1999999999999';

  beforeEach(async () => {
    await query(setting.database, 'DELETE FROM migrations WHERE name = $1', [migration]);
    await query(setting.database, 'DELETE FROM schema_compatibility WHERE migration = $1', [migration]);
  });
  afterAll(async () => {
    await query(setting.database, 'DELETE FROM migrations WHERE name = $1', [migration]);
  });

  const later = () =>
    query(setting.database, 'INSERT INTO migrations (timestamp, name) VALUES (1999999999999, $1)', [migration]);

  it('is refused when it does not say that this version may work with it', async () => {
    await later();
    expect(await refusal()).toMatch(/^DATABASE_URL: .*Later1999999999999.* \(schema-too-new\)$/);
  });

  it.each([
    ['used', 'as old as ours', 0, 'It started.'],
    ['refused', 'newer than ours', 1, expect.stringMatching(/\(schema-too-new\)$/)],
  ])('is %s when the oldest version it says it works with is %s', async (_, _oldest, ahead, outcome) => {
    await query(
      setting.database,
      `INSERT INTO schema_compatibility (migration, oldest_program) SELECT $1, max(timestamp) + $2 FROM migrations`,
      [migration, ahead],
    );
    await later();
    expect(await refusal()).toEqual(outcome);
  });

  it.each([
    ['catalogue', 'UPDATE vault.schema_versions SET version = version + 1000', 'version - 1000'],
    ['queue', 'UPDATE jobs.version SET version = version + 1000', 'version - 1000'],
  ])('is refused for its %s, too', async (_, change, back) => {
    await query(setting.database, change);
    try {
      expect(await refusal()).toMatch(/^DATABASE_URL: .*newer.* \((catalogue|schema)-too-new\)$/);
    } finally {
      await query(setting.database, change.replace('version + 1000', back));
    }
  });
});

describe('a store that is away at the start', () => {
  const ours = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const outside = ours.map((name) => process.env[name]);
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.start();
    // The client of the store looks for them in the process.
    process.env['AWS_ACCESS_KEY_ID'] = server.credentials.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = server.credentials.secretAccessKey;
  });
  afterAll(async () => {
    for (const [at, name] of ours.entries()) {
      if (outside[at] === undefined) delete process.env[name];
      else process.env[name] = outside[at];
    }
    await server.stop();
  });

  const away = () =>
    server.faults.add({ fault: { kind: 'status', status: 403, code: 'AccessDenied' }, times: Infinity });
  const env = () => ({
    VAULT_PATH: '',
    VAULT_S3_BUCKET: server.bucket,
    VAULT_S3_ENDPOINT: server.endpoint,
  });
  const ready = async ({ url }: { url: string | undefined }) =>
    (await fetch(new URL('/api/v1/health/ready', url))).status;

  it('is proven when it is back, and not before then is the service ready', async () => {
    away();
    await started(env(), async (service) => {
      expect(await ready(service)).toBe(503);
      server.faults.clear();
      await waitUntil('the service is ready', async () => (await ready(service)) === 200);
    });
  }, 60_000);

  describe('and the log of a process that has another key', () => {
    let service: ServiceProcess;
    beforeAll(async () => {
      await withProject(env());
      away();
      const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = server.credentials;
      const keys = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, VAULT_MASTER_KEY: otherKey() };
      service = await startServiceProcess({ ...setting.env, ...env(), ...keys });
    }, 120_000);
    afterAll(() => service.kill());

    it('has the versions of PostgreSQL programs', async () => {
      await vi.waitFor(() => expect(service.log()).toMatch(/pg_dump 1\d.*pg_restore 1\d/), { timeout: 30_000 });
    });

    it('says that it is another one before anybody has asked: the store is no way around the proof', async () => {
      server.faults.clear();
      await waitUntil('it has said it', () => service.log().includes('wrong-master-key'));
      expect(await ready(service)).toBe(503);
    });
  });
});
