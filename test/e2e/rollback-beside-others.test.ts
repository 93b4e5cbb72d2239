import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as PgClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  environmentDelete,
  environmentUpdate,
  rollbackCancel,
  rollbackCreate,
  snapshotCreate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { watchRollback } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { usually } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { holdTable } from './held-table.js';
import { nothingIsLeft } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, endOfSnapshot, logOf, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';
import { makeRestoreSlow, restoreIsAsleep } from './slow-restore.js';

const READERS = usually(3, 10);
/** Between two looks of one of them. */
const BREATH_MS = usually(20, 2);

let setting: ServiceSetting;
let service: ServiceProcess;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  setting = await createServiceSetting();
  // A process of its own: what the readers do must not keep the cutover waiting.
  service = await startServiceProcess(setting.env);
  client = connect({ baseUrl: service.url, token: testToken(), fetch: checkedFetch });
});

afterAll(async () => {
  await service.terminate();
  await nothingIsLeft(places).finally(() => setting.remove());
});

async function createEnvironment(): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, setting.filestoreRoot);
  places.push(place);
  return place;
}

/** Reads a row and a file that belong together, again and again, each time as a newcomer. */
class Reader {
  /** `row file`, or why it could not be read, in the order of time. */
  readonly seen: string[] = [];
  private running = true;
  private readonly loop: Promise<void>;

  constructor(private readonly place: TestEnvironment) {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async run(): Promise<void> {
    while (this.running) {
      this.seen.push(await this.read().catch((error: { code?: string }) => `error ${error.code}`));
      await sleep(BREATH_MS);
    }
  }

  private async read(): Promise<string> {
    const { host, port, database, user, password } = this.place.database.address;
    const session = new PgClient({ host, port, database, user, password, ssl: false });
    session.on('error', () => undefined);
    try {
      await session.connect();
      const { rows } = await session.query<{ value: string }>('SELECT value FROM version');
      const file = await readFile(join(this.place.filestorePath, 'version'), 'utf8');
      // Whoever is still let in afterwards was in the whole time: the file is of the row's time.
      await session.query('SELECT 1');
      return `${rows[0]?.value} ${file}`;
    } finally {
      await session.end().catch(() => undefined);
    }
  }
}

describe('a rollback under which people work', () => {
  it('never shows anybody the rows of one state with the files of the other', async () => {
    const place = await createEnvironment();
    const { id: environmentId } = place.environment;
    const file = join(place.filestorePath, 'version');
    await query(place.database.address, `CREATE TABLE version AS SELECT 'captured' AS value`);
    await writeFile(file, 'captured');
    const { id: snapshotId } = await takeSnapshot(client, environmentId);
    await query(place.database.address, `UPDATE version SET value = 'present'`);
    await writeFile(file, 'present');

    const readers = Array.from({ length: READERS }, () => new Reader(place));
    await sleep(300);
    const body = { snapshotId, createSafetySnapshot: false };
    const { deploymentId } = await result(rollbackCreate({ client, path: { environmentId }, body }));
    const log = await endOfRollback(client, environmentId, deploymentId);
    await sleep(300);
    await Promise.all(readers.map((reader) => reader.stop()));

    expect(log).toMatchObject({ status: 'completed', warnings: [] });
    expect(log.downtimeMs).toBeGreaterThan(0);
    expect(log.downtimeMs).toBeLessThan(1000);
    for (const { seen } of readers) {
      const states = seen.filter((what) => !what.startsWith('error'));
      expect(new Set(states)).toEqual(new Set(['present present', 'captured captured']));
      // The old one, then the new one, and no way back.
      expect(states.lastIndexOf('present present')).toBeLessThan(states.indexOf('captured captured'));
      expect(seen[0]).toBe('present present');
      expect(seen.at(-1)).toBe('captured captured');
    }
    // Ended, closed, or away for a moment: what clients have to expect.
    const errors = new Set(readers.flatMap(({ seen }) => seen.filter((what) => what.startsWith('error'))));
    expect(['error 57P01', 'error 55000', 'error 3D000', 'error ECONNRESET', 'error undefined']).toEqual(
      expect.arrayContaining([...errors]),
    );
  });

  it('waits for a snapshot of the environment that is being taken', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    await changeBoth(place);
    const table = await holdTable(place.database.address);
    const { id: running } = await result(snapshotCreate({ client, path }));
    await table.dumpIsWaiting();

    const body = { snapshotId, createSafetySnapshot: false };
    const { deploymentId } = await result(rollbackCreate({ client, path, body }));
    const messages: string[] = [];
    for await (const { message } of watchRollback(client, { deploymentId })) {
      messages.push(message);
      if (message === 'Waiting for a snapshot to end') await table.release();
    }
    expect(messages).toContain('Waiting for a snapshot to end');
    const snapshot = await endOfSnapshot(client, { ...path, snapshotId: running });
    expect(snapshot).toMatchObject({ status: 'completed', failure: null });
    const log = await logOf(client, path.environmentId, deploymentId);
    expect(log.status).toBe('completed');
    const swapped = log.steps.find(({ name }) => name === 'cutover')?.finishedAt;
    expect(Date.parse(swapped!)).toBeGreaterThan(Date.parse(snapshot.finishedAt!));
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  it('keeps everybody else from changing the environment during the cutover', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    const table = await holdTable(place.database.address);
    const { id: first } = await result(snapshotCreate({ client, path }));
    await table.dumpIsWaiting();
    const { id: queued } = await result(snapshotCreate({ client, path }));
    const holder = 'fd4ac6ba-5a2b-4f1e-9a0b-3f2f7a3b9a11';
    const cutover = (by: string) =>
      query(setting.database, `UPDATE environments SET cutover_by = ${by} WHERE id = '${path.environmentId}'`);
    await waitUntil('the second is taken up', async () => {
      const rows = await query(setting.database, `SELECT FROM snapshots WHERE id = '${queued}' AND status = 'running'`);
      return rows.length === 1;
    });
    const { id: late } = await result(snapshotCreate({ client, path }));
    await cutover(`'${holder}'`);
    const refused = await snapshotCreate({ client, path });
    expect([refused.response?.status, refused.error?.code]).toEqual([409, 'environment-busy']);
    expect(refused.error?.resource).toEqual({ kind: 'rollback', id: holder });
    await table.release();
    // What was accepted before waits, however free the worker is.
    for (const snapshotId of [first, queued]) await endOfSnapshot(client, { ...path, snapshotId });
    await sleep(600);
    expect(await result(snapshotView({ client, path: { ...path, snapshotId: late } }))).toMatchObject({
      status: 'queued',
    });
    await cutover('NULL');
    expect(await endOfSnapshot(client, { ...path, snapshotId: late })).toMatchObject({ status: 'completed' });
  });

  it('is in the way of a second rollback, a deployment and a change of the environment', async () => {
    const place = await createEnvironment();
    const path = { environmentId: place.environment.id };
    await makeRestoreSlow(place);
    const { id: snapshotId } = await takeSnapshot(client, path.environmentId);
    const { deploymentId } = await result(rollbackCreate({ client, path, body: { snapshotId } }));
    await restoreIsAsleep(place);
    const registered = { projectId: place.project.id, environmentId: path.environmentId };
    const answers = await Promise.all([
      rollbackCreate({ client, path, body: { snapshotId } }),
      deploymentCreate({ client, path }),
      environmentUpdate({ client, path: registered, body: { filestorePath: `${place.filestorePath}/sub` } }),
    ]);
    for (const { response, error } of answers) {
      expect([response?.status, error?.code, error?.resource?.id]).toEqual([409, 'environment-busy', deploymentId]);
    }
    const { error } = await environmentDelete({ client, path: registered, query: { snapshots: 'delete' } });
    expect(error?.code).toBe('environment-busy');
    await result(rollbackCancel({ client, path: { deploymentId } }));
    expect(await endOfRollback(client, path.environmentId, deploymentId)).toMatchObject({ status: 'cancelled' });
  });
});
