import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotCreate, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceOf } from '../harness/service.js';
import { holdTable } from './held-table.js';
import { nothingIsLeft } from './leftovers.js';
import { waitUntil } from './wait-until.js';

const QUEUED = 100;

let service: Awaited<ReturnType<typeof startServiceOf>>;
let many: Client;
let one: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startServiceOf(['acme', 'globex'], { CAPTURE_CONCURRENCY: '1' });
  [many, one] = [service.client({ organization: 'acme' }), service.client({ organization: 'globex' })];
  places.push(await createTestEnvironment(many, service.rootOf('acme')));
  places.push(await createTestEnvironment(one, service.rootOf('globex')));
});
afterAll(() => nothingIsLeft(places).finally(() => service.stop()));

describe('a hundred snapshots of one organization in the queue', () => {
  it("do not starve another one's: it is captured next, or after one of them at the most", async () => {
    const [theirs, own] = places.map(({ environment }) => ({ environmentId: environment.id }));
    const table = await holdTable(places[0]!.database.address);
    try {
      await result(snapshotCreate({ client: many, path: theirs! }));
      await table.dumpIsWaiting();
      for (let queued = 1; queued < QUEUED; queued++) await result(snapshotCreate({ client: many, path: theirs! }));
      const { id: snapshotId } = await result(snapshotCreate({ client: one, path: own! }));
      await table.release();
      const snapshot = await waitUntil('it is captured', async () => {
        const found = await result(snapshotView({ client: one, path: { ...own!, snapshotId } }));
        return found.status === 'completed' && found;
      });
      const [before] = await query<{ count: number }>(
        service.database,
        `SELECT count(*)::int FROM snapshots WHERE environment_id = '${theirs!.environmentId}' AND started_at < '${snapshot.startedAt}'`,
      );
      // The one that ran when it came, and one more at the most.
      expect(before?.count).toBeLessThanOrEqual(2);
    } finally {
      await table.release();
      await query(service.database, `UPDATE snapshots SET cancel_requested = true WHERE status = 'running'`);
      await query(service.database, `DELETE FROM jobs.job WHERE state = 'created'`);
      await query(service.database, `DELETE FROM snapshots WHERE status = 'queued'`);
    }
  });
});
