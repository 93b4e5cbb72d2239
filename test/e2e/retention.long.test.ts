import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { retentionPlan, snapshotList, snapshotPin, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { publishedIn } from '../harness/vault-view.js';
import { nothingIsLeft } from './leftovers.js';
import { takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  // Its own run is at three o'clock at night.
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await nothingIsLeft([place]).finally(() => service.stop());
});

async function age(snapshotId: string, days: number): Promise<void> {
  const sql = `UPDATE snapshots SET created_at = now() - interval '${days} days' WHERE id = '${snapshotId}'`;
  await query(service.database, sql);
}

describe('the daily retention run', () => {
  it('removes what the plan calls due, by one process of several, and says why', async () => {
    const path = { environmentId: place.environment.id };
    const taken = [];
    for (let count = 0; count < 5; count += 1) {
      taken.push(await takeSnapshot(client, path.environmentId, { type: 'full' }));
    }
    const [oldest, pinned, old, young, newest] = taken.map(({ id }) => id) as [string, string, string, string, string];
    await result(snapshotPin({ client, path: { ...path, snapshotId: pinned }, body: { label: 'before 17.0' } }));
    const ages = { [oldest]: 90, [pinned]: 80, [old]: 31, [young]: 29, [newest]: 1 };
    for (const [snapshotId, days] of Object.entries(ages)) await age(snapshotId, days);

    const plan = await result(retentionPlan({ client, path }));
    const decisions = Object.fromEntries(plan.items.map(({ snapshotId, decision }) => [snapshotId, decision]));
    expect(decisions).toEqual({ [oldest]: 'due', [pinned]: 'keep', [old]: 'due', [young]: 'keep', [newest]: 'keep' });
    const reasonsOf = new Map(plan.items.map(({ snapshotId, reasons }) => [snapshotId, reasons]));
    expect(reasonsOf.get(pinned)).toEqual([`pinned: 'before 17.0'`]);

    const env = { ...service.env, ROLE: 'worker', RETENTION_CRON: '* * * * * *' };
    workers.push(...(await Promise.all([startServiceProcess(env), startServiceProcess(env)])));
    await waitUntil('it has been done', async () => (await result(snapshotList({ client, path }))).total === 3);
    expect((await publishedIn(service, place.project.id)).toSorted()).toEqual([pinned, young, newest].toSorted());
    const after = await result(retentionPlan({ client, path }));
    const deleted = after.recentDeletions.map(({ snapshotId, deletedBy, reason }) => ({
      snapshotId,
      deletedBy,
      reason,
    }));
    expect(deleted).toEqual(
      expect.arrayContaining(
        [oldest, old].map((snapshotId) => ({
          snapshotId,
          deletedBy: 'retention',
          reason: reasonsOf.get(snapshotId)!.join('; '),
        })),
      ),
    );
    expect(after.items.every(({ decision }) => decision === 'keep')).toBe(true);
    expect((await snapshotView({ client, path: { ...path, snapshotId: old } })).response?.status).toBe(404);

    await sleep(1500);
    expect((await result(snapshotList({ client, path }))).total).toBe(3);
  });
});
