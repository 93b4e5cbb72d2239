import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { startFailure } from '../../src/start-failure.js';
import { startService } from '../../src/start-service.js';
import { LogWatch } from '../harness/log-watch.js';
import { startServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';

const KEY = randomBytes(32).toString('base64');

let setting: ServiceSetting;
let scratch: string;
/** Has the port already. */
let neighbour: Server;

beforeAll(async () => {
  setting = await createServiceSetting();
  scratch = await mkdtemp(join(tmpdir(), 'snapback-start-'));
  await writeFile(join(scratch, 'file'), 'no directory');
  neighbour = createServer();
  await new Promise<void>((resolve) => neighbour.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => neighbour.close(resolve));
  await rm(scratch, { recursive: true });
  await setting.remove();
});

/** What a process of the service says when it does not start, all of it. */
async function refusal(env: NodeJS.ProcessEnv): Promise<string> {
  const started = startServiceProcess({ ...setting.env, ...env });
  const error = await started.then(
    async (service) => {
      await service.kill();
      throw new Error('The service started.');
    },
    (reason: Error) => reason,
  );
  return error.message.replace('The service did not start:\n', '');
}

/** The sentence such a process would end with. That it says nothing besides has been seen of those that were started. */
async function sentence(env: NodeJS.ProcessEnv): Promise<unknown> {
  const starting = Promise.resolve().then(() =>
    startService(loadConfiguration({ ...setting.env, ...env }), { log: new LogWatch() }),
  );
  const reason = await starting.then(
    async (service) => {
      await service.stop();
      throw new Error('The service started.');
    },
    (error: unknown) => error,
  );
  return startFailure(reason);
}

/** Lines of the log may come before it; the last thing said is the sentence, and nothing comes after it. */
function lastLine(said: string): string {
  return said.trimEnd().split('\n').at(-1) ?? '';
}

describe('a service that cannot start as it is configured says so in one sentence:', () => {
  it('the port belongs to somebody else', async () => {
    const { port } = neighbour.address() as AddressInfo;
    const said = await refusal({ PORT: String(port) });
    expect(lastLine(said)).toBe(
      `PORT ${port} of 127.0.0.1 is in use already; choose another one, or stop what uses it.`,
    );
    expect(said).not.toContain('terminating connection');
  });

  it('the address is not of this machine', async () => {
    expect(await sentence({ HOST: '192.0.2.1' })).toMatch(
      /^HOST 192\.0\.2\.1 cannot be listened on: .*EADDRNOTAVAIL.*\.$/,
    );
  });

  it('the data directory is none', async () => {
    const DATA_DIR = join(scratch, 'file', 'below');
    expect(await refusal({ DATA_DIR })).toMatch(new RegExp(`^DATA_DIR ${DATA_DIR} cannot be used: .*ENOTDIR.*\\.\n$`));
  });

  it.each([
    ['does not answer', 'postgres://snapback:hunter2@127.0.0.1:1/x', 'ECONNREFUSED'],
    ['has a host that nobody knows', 'postgres://snapback:hunter2@nowhere.invalid/x', 'nowhere.invalid'],
  ])('the database %s', async (_, DATABASE_URL, why) => {
    const said = await sentence({ DATABASE_URL, CREDENTIALS_KEY: KEY });
    expect(said).toMatch(new RegExp(`^DATABASE_URL: .*${why}.*\\.$`));
    expect(said).not.toContain('hunter2');
  });

  it('the database does not let the service in', async () => {
    const url = new URL(setting.env['DATABASE_URL']!);
    url.pathname = '/nothing';
    const said = await sentence({ DATABASE_URL: url.href });
    expect(said).toMatch(/^DATABASE_URL: .*database "nothing" does not exist\.$/);
    expect(said).not.toContain(url.password);
  });

  it('the master key is not where it should be', async () => {
    const said = await sentence({ VAULT_MASTER_KEY: '', VAULT_MASTER_KEY_FILE: join(scratch, 'nothing') });
    expect(said).toMatch(/^VAULT_MASTER_KEY_FILE: .*\.$/);
  });

  it('the embedded PostgreSQL belongs to another one', async () => {
    const DATA_DIR = join(setting.directory, 'embedded');
    const first = await startEmbeddedPostgres({ dataDir: join(DATA_DIR, 'postgres'), log: () => undefined });
    try {
      expect(await refusal({ DATABASE_URL: '', DATA_DIR })).toMatch(
        /^Another Snapback \(process \d+\) runs the embedded PostgreSQL .*\.\n$/,
      );
    } finally {
      await first.stop();
    }
  });
});
