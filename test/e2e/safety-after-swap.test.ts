import { setTimeout as sleep } from 'node:timers/promises';
import { Client as PgClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentDelete,
  operationGiveUp,
  operationsList,
  rollbackCreate,
  rollbackUndo,
  settingsUpdate,
  snapshotCancel,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Operation, RollbackLog } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';
import { drawnTests } from '../harness/drawn-tests.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { deleteAll, nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { endOfRollback, endOfSafety, endOfSnapshot, logOf, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await deleteAll(client, places);
  await nothingIsLeft(places).finally(() => service.stop());
});

interface Changed extends TestEnvironment {
  id: string;
  snapshotId: string;
}

/** Captured, and changed since. `slowSeconds`: how long what is captured of it from now on takes at the least. */
async function newPlace({ slowSeconds = 0, undoMinutes = 0 } = {}): Promise<Changed> {
  const place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes });
  places.push(place);
  const { id } = place.environment;
  const { id: snapshotId } = await takeSnapshot(client, id);
  await changeBoth(place);
  if (slowSeconds > 0) {
    await query(
      place.database.address,
      `CREATE TABLE ballast AS SELECT n, string_agg(md5((n * m)::text), '') AS text
         FROM generate_series(1, ${820 * slowSeconds}) n, generate_series(1, 40) m GROUP BY n`,
    );
    await readAtMost(id, 1_048_576);
  }
  return { ...place, id, snapshotId };
}

async function readAtMost(environmentId: string, maxReadBytesPerSecond: number | null): Promise<void> {
  await result(settingsUpdate({ client, path: { environmentId }, body: { maxReadBytesPerSecond } }));
}

/** Its safety snapshot is under way when this resolves. */
async function rolledBack(place: Changed): Promise<RollbackLog> {
  const { id, snapshotId } = place;
  const { deploymentId } = await result(rollbackCreate({ client, path: { environmentId: id }, body: { snapshotId } }));
  const log = await endOfRollback(client, id, deploymentId);
  expect(log).toMatchObject({ status: 'completed', failure: null, safetySnapshotId: expect.any(String) });
  await waitUntil('it is under way', async () => (await viewOf(place, log.safetySnapshotId!)).status === 'running');
  return log;
}

async function operationsOf({ id }: Changed): Promise<Operation[]> {
  return (await result(operationsList({ client, query: { environmentId: id } }))).items;
}

const viewOf = (place: Changed, snapshotId: string) =>
  result(snapshotView({ client, path: { environmentId: place.id, snapshotId } }));

/** Writes rows one by one, and knows which were confirmed. */
class Writer {
  readonly confirmed: number[] = [];
  private next = 0;
  private readonly stopping = new AbortController();
  private readonly work: Promise<void>;

  constructor(private readonly address: DatabaseAddress) {
    this.work = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    const { host, port, database, user, password } = this.address;
    while (!this.stopping.signal.aborted) {
      const connection = new PgClient({ host, port, database, user, password, ssl: false, application_name: 'writer' });
      connection.on('error', () => undefined);
      try {
        await connection.connect();
        while (!this.stopping.signal.aborted) {
          this.next += 1;
          await connection.query('INSERT INTO written VALUES ($1)', [this.next]);
          this.confirmed.push(this.next);
        }
      } catch {
        // The swap has ended it, or the table is not in what is live now.
        await sleep(5);
      } finally {
        await connection.end().catch(() => undefined);
      }
    }
  }
}

describe.concurrent('the safety snapshot of a rollback', { timeout: 120_000 }, () => {
  const scenario = drawnTests(1, { of: 5 });

  it('has everything that was confirmed before the swap, and is a differential of what was live', async () => {
    const place = await newPlace();
    await query(place.database.address, 'CREATE TABLE written (n int PRIMARY KEY)');
    await takeSnapshot(client, place.id, { type: 'full' });
    const writer = new Writer(place.database.address);
    await waitUntil('something is written', async () => writer.confirmed.length > 0);

    const { deploymentId } = await result(
      rollbackCreate({ client, path: { environmentId: place.id }, body: { snapshotId: place.snapshotId } }),
    );
    const log = await endOfSafety(client, place.id, deploymentId);
    await writer.stop();

    expect(log).toMatchObject({ status: 'completed', safetySnapshotStatus: 'completed', warnings: [] });
    expect(log.steps.map(({ name }) => name)).toEqual([
      'prepare',
      'stage-database',
      'stage-filestore',
      'verify',
      'cutover',
    ]);
    const safety = await viewOf(place, log.safetySnapshotId!);
    expect(safety).toMatchObject({ trigger: 'safety', type: 'differential', deploymentId, warnings: [] });
    const back = await rollBack(client, place.id, { snapshotId: safety.id, createSafetySnapshot: false });
    expect(back).toMatchObject({ status: 'completed', safetySnapshotId: null });
    const rows = await query<{ n: number }>(place.database.address, 'SELECT n FROM written');
    const there = new Set(rows.map(({ n }) => n));
    expect(writer.confirmed.filter((n) => !there.has(n))).toEqual([]);
    expect(writer.confirmed.length).toBeGreaterThan(10);
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
  });

  scenario(
    'keeps the previous state there until it is completed, whatever the settings say, and the environment where it is',
    async () => {
      const place = await newPlace({ slowSeconds: 60 });
      const log = await rolledBack(place);
      expect(await statesBeside(place)).toEqual([log.keptDatabase, log.keptDirectory]);
      expect(log.undoableUntil).toBeNull();

      const path = { projectId: place.project.id, environmentId: place.id };
      const gone = await environmentDelete({ client, path, query: { snapshots: 'delete' } });
      expect([gone.response?.status, gone.error?.code]).toEqual([409, 'environment-busy']);
      const undo = await rollbackUndo({ client, path: { deploymentId: log.deploymentId } });
      expect(undo.error?.code).toBe('undo-unavailable');
      // Another rollback neither waits for it nor takes the state away.
      const body = { snapshotId: place.snapshotId, createSafetySnapshot: false };
      const other = await result(rollbackCreate({ client, path, body }));
      expect(await endOfRollback(client, place.id, other.deploymentId)).toMatchObject({ status: 'completed' });
      expect(await viewOf(place, log.safetySnapshotId!)).toMatchObject({ status: 'running' });
      expect(await statesBeside(place)).toEqual([log.keptDatabase, log.keptDirectory]);

      // The one that comes after it is quick.
      await readAtMost(place.id, null);
      await result(snapshotCancel({ client, path: { environmentId: place.id, snapshotId: log.safetySnapshotId! } }));
      await waitUntil(
        'another one is completed',
        async () => (await logOf(client, place.id, log.deploymentId)).safetySnapshotStatus === 'completed',
      );
      await waitUntil('the previous state is removed', async () => (await statesBeside(place)).length === 0);
    },
  );

  scenario('is called off by an undo at its beginning, which brings the state back that it was taken of', async () => {
    const place = await newPlace({ slowSeconds: 60, undoMinutes: 30 });
    const log = await rolledBack(place);
    const accepted = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
    expect(await endOfRollback(client, place.id, accepted.deploymentId)).toMatchObject({ status: 'completed' });

    expect(await viewOf(place, log.safetySnapshotId!)).toMatchObject({ status: 'cancelled' });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await logOf(client, place.id, log.deploymentId)).toMatchObject({ undoneBy: accepted.deploymentId });
    // Of the one that was called off the keeper has to learn that no other one is wanted.
    await waitUntil('nothing hangs', async () => (await operationsOf(place)).length === 0);
  });

  scenario('is waited for by an undo that asks for another one, when it has come half of its way', async () => {
    const place = await newPlace({ slowSeconds: 12, undoMinutes: 30 });
    const log = await rolledBack(place);
    const subject = `SELECT (data ->> 'percent')::float AS percent FROM progress_events
                      WHERE subject_id = '${log.safetySnapshotId!}' ORDER BY id DESC LIMIT 1`;
    await waitUntil(
      'it has come half of its way',
      async () => Number((await query<{ percent: number }>(service.database, subject))[0]?.percent ?? 0) >= 50,
    );

    const path = { deploymentId: log.deploymentId };
    const accepted = await result(rollbackUndo({ client, path, body: { createSafetySnapshot: true } }));
    const undone = await endOfSafety(client, place.id, accepted.deploymentId);

    expect(await viewOf(place, log.safetySnapshotId!)).toMatchObject({ status: 'completed' });
    expect(undone).toMatchObject({ status: 'completed', safetySnapshotStatus: 'completed' });
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    const back = await rollBack(client, place.id, {
      snapshotId: undone.safetySnapshotId!,
      createSafetySnapshot: false,
    });
    expect(back.status).toBe('completed');
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  scenario('is followed by another one when it is cancelled', async () => {
    const place = await newPlace({ slowSeconds: 12 });
    const log = await rolledBack(place);
    const first = { environmentId: place.id, snapshotId: log.safetySnapshotId! };
    await result(snapshotCancel({ client, path: first }));
    await endOfSnapshot(client, first);

    const later = await waitUntil('another one is completed', async () => {
      const now = await logOf(client, place.id, log.deploymentId);
      return now.safetySnapshotStatus === 'completed' && now;
    });

    expect(later.safetySnapshotId).not.toBe(first.snapshotId);
    expect(await viewOf(place, first.snapshotId)).toMatchObject({ status: 'cancelled' });
    await waitUntil('nothing is left to do', async () => (await operationsOf(place)).length === 0);
    await waitUntil('the previous state is removed', async () => (await statesBeside(place)).length === 0);
  });

  scenario(
    'is tried again for as long as it cannot be taken, which stands among the operations, until a person gives it up',
    async () => {
      const place = await newPlace({ slowSeconds: 12 });
      const log = await rolledBack(place);
      const kept = log.keptDatabase!;
      // Somebody else's hand.
      await query(place.database.admin, `ALTER DATABASE "${kept}" RENAME TO "${kept}_elsewhere"`).catch(
        () => undefined,
      );
      await query(
        { ...place.database.admin, database: 'postgres' },
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE '${kept}%'`,
      );
      await waitUntil('it is out of the way', () =>
        query(place.database.admin, `ALTER DATABASE "${kept}" RENAME TO "${kept}_elsewhere"`).then(
          () => true,
          (error: Error) => /does not exist/.test(error.message),
        ),
      );

      const operation = await waitUntil('it has been tried again', async () => {
        const found = (await operationsOf(place)).find(({ kind }) => kind === 'safety-snapshot');
        return found !== undefined && found.tryCount >= 1 && found;
      });
      expect(operation).toMatchObject({ deploymentId: log.deploymentId, reason: { code: 'safety-snapshot-failed' } });
      await waitUntil('it could be given up', async () => {
        const gone = await operationGiveUp({ client, path: { operationId: operation.id } });
        return gone.response?.status === 204;
      });

      await waitUntil('nothing is left to do', async () => (await operationsOf(place)).length === 0);
      await waitUntil('the state is forgotten', async () => {
        const now = await logOf(client, place.id, log.deploymentId);
        return now.keptDatabase === null && now.keptDirectory === null;
      });
      await query(place.database.admin, `DROP DATABASE "${kept}_elsewhere"`);
    },
  );
});
