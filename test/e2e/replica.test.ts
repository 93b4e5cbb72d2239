import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentUpdate,
  operationRetry,
  operationsList,
  snapshotDelete,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Operation } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { importVault } from '../../src/disaster-recovery/import-vault.js';
import { startService } from '../../src/start-service.js';
import { locateStore } from '../../src/vault-access/locate-vault.js';
import { openVaultAccess } from '../../src/vault-access/vault-access.js';
import { openVaultForReading } from '../../src/vault-access/vault-reading.js';
import { runVaultCommand } from '../../src/vault/cli/run-vault-command.js';
import { newFormat, printFormat } from '../../src/vault/format/format-file.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { LogWatch } from '../harness/log-watch.js';
import { createTestEnvironment, type TestEnvironment } from '../harness/sample-environment.js';
import { madeUpKey } from '../harness/secret-mark.js';
import { type ServiceProcess, startServiceProcess } from '../harness/service-process.js';
import { createServiceSetting, startTestService, type TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

/** Noise in the filestore: a copy of it takes so long at `SLOWLY` that a process can be killed in the middle. */
const FILE_BYTES = 3_000_000;
const SLOWLY = { REPLICA_MAX_BYTES_PER_SECOND: '400000' };

let root: string;
let replica: string;
let service: TestService;
let client: Client;
let place: TestEnvironment;
let worker: ServiceProcess;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapback-test-replica-'));
  await chmod(root, 0o755);
  await mkdir(join(root, 'files'));
  replica = join(root, 'replica');
  service = await startTestService({
    ...{ ROLE: 'api', VAULT_PATH: join(root, 'vault'), VAULT_MASTER_KEY: madeUpKey('vault') },
    ...{ REPLICA_DIRECTORY: replica, FILESTORE_ROOTS: join(root, 'files'), METRICS_PORT: String(await freePort()) },
  });
  client = service.client();
  place = await createTestEnvironment(client, join(root, 'files'));
  await writeFile(join(place.filestorePath, 'noise'), randomBytes(FILE_BYTES));
  worker = await startWorker(SLOWLY);
});

afterAll(async () => {
  await worker.kill();
  await place.database.drop();
  await service.stop();
  await rm(root, { recursive: true, force: true });
});

function startWorker(more: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
  const { METRICS_PORT: _, ...env } = service.env;
  return startServiceProcess({ ...env, ROLE: 'worker', ...more });
}

const pathOf = (snapshotId: string) => ({ environmentId: place.environment.id, snapshotId });
const take = async () => (await takeSnapshot(client, place.environment.id, { type: 'full' })).id;

function replicated(snapshotId: string): Promise<string> {
  return waitUntil('it is in the replica', async () => {
    const { replicatedAt } = await result(snapshotView({ client, path: pathOf(snapshotId) }));
    return replicatedAt;
  });
}

async function replication(): Promise<Operation | undefined> {
  const { items } = await result(operationsList({ client }));
  return items.find(({ kind, projectId }) => kind === 'replication' && projectId === place.project.id);
}

async function list(which: 'vault' | 'replica'): Promise<string> {
  const lines: string[] = [];
  const open = async (from: { replica: boolean }) => {
    const { configuration, place: at } = await locateStore(
      loadConfiguration(service.env),
      from.replica ? 'replica' : 'vault',
    );
    return openVaultForReading(configuration, at);
  };
  const argv = ['list', ...(which === 'replica' ? ['--replica'] : [])];
  const access = async () => Promise.reject(new Error('It needs no catalogue.'));
  const status = await runVaultCommand(argv, { store: open, access }, (line) => lines.push(line));
  expect(status).toBe(0);
  return lines.join('\n');
}

async function lag(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${service.env['METRICS_PORT']}/metrics`)).text();
  return Number(/^snapback_replica_lag_seconds (\S+)$/m.exec(text)?.[1]);
}

let first: string;

describe('a completed snapshot', () => {
  it('is copied into the replica by the next worker when one is killed in the middle of it', async () => {
    first = await take();
    const incoming = join(replica, '+incoming');
    await waitUntil('a copy is under way', async () => (await readdir(incoming).catch(() => [])).length > 0);
    await worker.kill();
    expect((await result(snapshotView({ client, path: pathOf(first) }))).replicatedAt).toBeNull();
    expect(await list('replica')).not.toContain(first);
    expect(await waitUntil('the lag is told', lag)).toBeGreaterThan(0);
    // Nobody else takes up what it held before fifteen seconds have passed without a word.
    await query(service.database, `UPDATE keeper_items SET held_until = now() WHERE kind = 'replication'`);
    worker = await startWorker();
    expect(Date.parse(await replicated(first))).toBeLessThanOrEqual(Date.now() + 1000);
    expect(await list('replica')).toContain(first);
    await waitUntil('there is no lag any more', async () => (await lag()) === 0);
  });

  it('waits while the replica is away, or another one is in its place, and the operation says what to do', async () => {
    const aside = join(root, 'aside');
    await rename(replica, aside);
    await writeFile(replica, '');
    const second = await take();
    const away = await waitUntil('somebody is told', async () => {
      const operation = await replication();
      return operation?.reason?.code === 'replica-unreachable' ? operation : undefined;
    });
    expect(away.help).toContain('docs/vault.md');

    await rm(replica);
    await mkdir(replica);
    await writeFile(join(replica, 'format.json'), printFormat(newFormat()));
    await result(operationRetry({ client, path: { operationId: away.id } }));
    await waitUntil('it is seen that it is foreign', async () => {
      const operation = await replication();
      return operation?.state === 'attention' && operation.reason?.code === 'replica-foreign';
    });

    await rm(replica, { recursive: true });
    await rename(aside, replica);
    await result(operationRetry({ client, path: { operationId: away.id } }));
    await replicated(second);
    await waitUntil('nothing is told any more', async () => (await replication()) === undefined);
  });

  it('is still in the replica when it is deleted from the vault', async () => {
    const third = await take();
    await replicated(third);
    await result(snapshotDelete({ client, path: pathOf(third) }));
    await waitUntil('the vault has it no more', async () => !(await list('vault')).includes(third));
    expect(await list('replica')).toContain(third);
  });
});

describe('the loss of vault and catalogue', () => {
  it('is survived: a service that is pointed at the replica rolls back to what lies there', async () => {
    await changeBoth(place);
    await worker.terminate();
    await rm(join(root, 'vault'), { recursive: true });
    const own = { VAULT_PATH: replica, REPLICA_DIRECTORY: join(root, 'next') };
    const { VAULT_MASTER_KEY, FILESTORE_ROOTS } = service.env;
    const setting = await createServiceSetting({ VAULT_MASTER_KEY, FILESTORE_ROOTS, ...own });
    try {
      const configuration = loadConfiguration(setting.env);
      const access = await openVaultAccess(configuration);
      const said: string[] = [];
      const tell = (message: string) => void said.push(message);
      const { signal } = new AbortController();
      await importVault(access, configuration, { done: tell, failure: tell, signal }).finally(() => access.close());
      expect(said).toContain('1 projects, 1 environments and 3 snapshots are back.');

      const running = await startService(configuration, { log: new LogWatch() });
      try {
        const there = connect({ baseUrl: running.url!, token: testToken(), fetch: checkedFetch });
        const path = { projectId: place.project.id, environmentId: place.environment.id };
        const { host, port, database, user, password } = place.database.address;
        const connection = { kind: 'connection', host, port, database, user, password } as const;
        const body = { database: connection, filestorePath: place.filestorePath };
        await result(environmentUpdate({ client: there, path, body }));
        const wish = { snapshotId: first, createSafetySnapshot: false };
        const log = await rollBack(there, path.environmentId, wish);
        expect(log).toMatchObject({ status: 'completed', failure: null });
        expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
        await waitUntil('the next replica has all of it', async () => {
          const waiting = await query(setting.database, 'SELECT FROM snapshots WHERE replicated_at IS NULL');
          return waiting.length === 0;
        });
      } finally {
        await running.stop();
      }
    } finally {
      await setting.remove();
    }
  });
});
