import { randomUUID } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  operationsList,
  scheduleRunList,
  settingsUpdate,
  settingsView,
  snapshotList,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { ScheduleRun } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService({ SCHEDULE_JITTER_SECONDS: '0' });
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  await query(place.database.address, 'CREATE TABLE orders (id integer PRIMARY KEY, text text)');
  await query(place.database.address, `INSERT INTO orders SELECT n, md5(n::text) FROM generate_series(1, 1000) n`);
});
afterAll(async () => {
  await service.stop();
  await query(place.database.admin, `DROP ROLE IF EXISTS "${ANOTHER}"`);
  await place.database.drop();
});

const path = () => ({ environmentId: place.environment.id });
const ANOTHER = `another_${randomUUID()}`;
const HOURLY = { cron: '0 * * * *', timeZone: 'UTC', keep: 2 };

/** The clocks go on by an hour: nobody has looked after the last run yet. The runs that there are then, the latest first. */
async function nextRun(): Promise<ScheduleRun[]> {
  const { total } = await result(scheduleRunList({ client, path: path() }));
  await query(
    service.database,
    `UPDATE schedule_runs SET due_at = due_at - interval '1 hour';
     UPDATE schedule_marks SET looked_after_until = date_trunc('hour', now()) - interval '1 second';
     UPDATE keeper_items SET due_at = now() WHERE kind = 'schedule'`,
  );
  const list = async () => (await result(scheduleRunList({ client, path: path() }))).items;
  return waitUntil('the schedule has run, and what it has begun is over', async () => {
    if ((await list()).length === total) return undefined;
    const unfinished = await result(operationsList({ client, query: path() }));
    // What is over may have become another outcome meanwhile.
    return unfinished.items.every(({ kind }) => kind !== 'snapshot') && list();
  });
}

const completed = async () =>
  (await result(snapshotList({ client, path: path(), query: { status: 'completed' } }))).items;

describe('a schedule', () => {
  it(
    'has snapshots taken, keeps as many as it says at any time, and skips what is the same as before',
    { timeout: 60_000 },
    async () => {
      await takeSnapshot(client, place.environment.id, { type: 'full' });
      // The first one leaves its mark in the database, after which pg_dump numbers things in another way. Others on this server may make
      // roles at any time, and whoever finds one reads all definitions again: so the next one does, too.
      await query(place.database.admin, `CREATE ROLE "${ANOTHER}"`);
      const first = await takeSnapshot(client, place.environment.id);
      await result(settingsUpdate({ client, path: path(), body: { schedule: [HOURLY], skipUnchanged: true } }));
      const { nextRuns } = await result(settingsView({ client, path: path() }));
      expect(nextRuns).toHaveLength(5);
      // Since when the entry counts.
      await waitUntil('it is looked after', async () => {
        const rows = await query(service.database, 'SELECT rule FROM schedule_marks');
        return rows.length === 1;
      });

      const [unchanged] = await nextRun();
      expect(unchanged).toMatchObject({ outcome: 'skipped', reason: { code: 'unchanged' }, snapshotId: null });
      expect(unchanged?.reason?.message).toContain(first.id);
      expect((await completed())[0]?.id).toBe(first.id);

      await query(place.database.address, 'DELETE FROM orders WHERE id = 7');
      const [afterRow] = await nextRun();
      expect(afterRow).toMatchObject({ outcome: 'started', reason: null, cron: HOURLY.cron });
      await writeFile(join(place.filestorePath, 'new'), 'new');
      const [afterFile] = await nextRun();
      await utimes(join(place.filestorePath, 'new'), 1, 1);
      const [afterTime] = await nextRun();
      await query(place.database.address, `COMMENT ON TABLE orders IS 'those that were made'`);
      const [afterComment] = await nextRun();
      expect([afterFile, afterTime, afterComment].map((run) => run?.outcome)).toEqual([
        'started',
        'started',
        'started',
      ]);
      const [again] = await nextRun();
      expect(again).toMatchObject({ outcome: 'skipped', reason: { code: 'unchanged' } });

      const kept = await waitUntil('what is too many is gone', async () => {
        const now = await completed();
        return now.length === 4 && now;
      });
      expect(kept.slice(0, 3).map(({ id }) => id)).toEqual([afterComment?.snapshotId, afterTime?.snapshotId, first.id]);
      expect(kept[0]).toMatchObject({
        trigger: 'scheduled',
        requestedBy: 'schedule',
        schedules: [{ cron: HOURLY.cron, timeZone: 'UTC' }],
      });
    },
  );
});
