import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { quotaView, snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { HELD_BACK_SECONDS } from '../../src/jobs/running-jobs.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { holdTable } from './held-table.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfSnapshot, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

const LIMIT = 2;

let setting: ServiceSetting;
let processes: ServiceProcess[] = [];
let client: Client;
let places: TestEnvironment[] = [];

beforeAll(async () => {
  setting = await createServiceSetting({ QUOTA_RUNNING_JOBS: String(LIMIT), CAPTURE_CONCURRENCY: '3' });
  processes = await Promise.all(
    (['api', 'worker', 'worker'] as const).map((ROLE) => startServiceProcess({ ...setting.env, ROLE })),
  );
  client = connect({ baseUrl: processes[0]!.url, token: testToken(), fetch: checkedFetch });
  places = [];
  for (let made = 0; made < 4; made++) places.push(await createTestEnvironment(client, setting.filestoreRoot));
});
afterAll(async () => {
  // While they run: they are who removes it.
  await waitUntil(
    'no previous state is kept',
    async () => (await query(setting.database, `SELECT FROM rollback_logs WHERE kept_until IS NOT NULL`)).length === 0,
  );
  await Promise.all(processes.map((one) => one.kill()));
  await nothingIsLeft(places).finally(() => setting.remove());
});

const pathOf = ({ environment }: TestEnvironment) => ({ environmentId: environment.id });
const running = async () =>
  (await query<{ count: number }>(setting.database, `SELECT count(*)::int FROM snapshots WHERE status = 'running'`))[0]!
    .count;

describe('the limit on running jobs', { timeout: 180_000 }, () => {
  it('holds over all workers, and whatever ends lets the next one begin', async () => {
    let most = 0;
    const over = new AbortController();
    const looking = (async () => {
      while (!over.signal.aborted) most = Math.max(most, await running());
    })();
    const asked = await Promise.all(
      [...places, ...places, ...places].map(async (place) => ({
        ...pathOf(place),
        snapshotId: (await result(snapshotCreate({ client, path: pathOf(place) }))).id,
      })),
    );
    const ended = await Promise.all(asked.map((path) => endOfSnapshot(client, path, 150)));
    over.abort();
    await looking;
    expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'completed'));
    expect(most).toBe(LIMIT);
    // None waited until it was looked at anyway: each began soon after the one that made room for it.
    const times = (of: 'startedAt' | 'finishedAt') =>
      ended.map((one) => Date.parse(one[of]!)).toSorted((x, y) => x - y);
    const finished = times('finishedAt');
    const waited = times('startedAt')
      .slice(LIMIT)
      .map((start, index) => start - finished[index]!);
    expect(Math.max(...waited)).toBeLessThan((HELD_BACK_SECONDS * 1000) / 2);
    expect(await query(setting.database, 'SELECT FROM running_jobs')).toEqual([]);
  });

  it('holds no rollback back, which counts all the same', async () => {
    const [first, second, third, fourth] = places as [
      TestEnvironment,
      TestEnvironment,
      TestEnvironment,
      TestEnvironment,
    ];
    const { id: snapshotId } = await takeSnapshot(client, fourth.environment.id);
    const tables = await Promise.all([first, second].map(({ database }) => holdTable(database.address)));
    try {
      const held = await Promise.all(
        [first, second].map(async (place) => ({
          ...pathOf(place),
          snapshotId: (await result(snapshotCreate({ client, path: pathOf(place) }))).id,
        })),
      );
      await Promise.all(tables.map((table) => table.dumpIsWaiting()));
      const { id: waiting } = await result(snapshotCreate({ client, path: pathOf(third) }));
      await waitUntil('it is held back', async () => {
        const rows = await query(
          setting.database,
          `SELECT FROM jobs.job WHERE data ->> 'snapshotId' = '${waiting}' AND start_after > now() AND state = 'created'`,
        );
        return rows.length === 1;
      });
      // Its safety snapshot, too, is not held back.
      const log = await rollBack(client, fourth.environment.id, { snapshotId });
      expect(log.status).toBe('completed');
      const { quotas } = await result(quotaView({ client }));
      expect(quotas).toContainEqual(
        expect.objectContaining({ name: 'runningJobs', limit: LIMIT, source: 'configuration', reached: true }),
      );
      await Promise.all(tables.map((table) => table.release()));
      const ends = await Promise.all(
        [...held, { ...pathOf(third), snapshotId: waiting }].map((path) => endOfSnapshot(client, path)),
      );
      expect(ends.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    } finally {
      await Promise.all(tables.map((table) => table.release()));
    }
  });
});
