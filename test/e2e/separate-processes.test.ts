import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { SnapshotProgress } from '../../sdk/typescript/generated/types.gen.js';
import { watchSnapshot } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { checkedFetch } from '../harness/contract-check.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { holdTable } from './held-table.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfSnapshot, rollBack, takeSnapshot } from './outcomes.js';
import { receiveAll, recordedIds } from './progress-events.js';
import { waitUntil } from './wait-until.js';
import { hasLocalPort } from '../harness/child-processes.js';
import { query } from '../harness/database.js';

let setting: ServiceSetting;
let restarted: ServiceProcess;
let steady: ServiceProcess;
let worker: ServiceProcess;
let place: TestEnvironment;
let viaRestarted: Client;
let viaSteady: Client;

beforeAll(async () => {
  setting = await createServiceSetting();
  [restarted, steady, worker] = await Promise.all([
    startServiceProcess({ ...setting.env, ROLE: 'api', PORT: String(await freePort()) }),
    startServiceProcess({ ...setting.env, ROLE: 'api' }),
    startServiceProcess({ ...setting.env, ROLE: 'worker' }),
  ]);
  const client = (baseUrl: string) => connect({ baseUrl, token: testToken(), fetch: checkedFetch });
  viaRestarted = client(restarted.url);
  viaSteady = client(steady.url);
  place = await createTestEnvironment(viaSteady, setting.filestoreRoot);
});

afterAll(async () => {
  await Promise.all([restarted, steady, worker].map((service) => service?.kill()));
  await nothingIsLeft([place]).finally(() => setting.remove());
});

describe('API and worker in processes of their own', () => {
  it('start at once on an empty database, and work through it alone', async () => {
    const { id: snapshotId } = await takeSnapshot(viaRestarted, place.environment.id);
    const log = await rollBack(viaSteady, place.environment.id, { snapshotId });
    expect(log).toMatchObject({ status: 'completed', warnings: [] });
  });

  it.each(sampleOf(['terminate', 'kill'] as const, 1))(
    'lose no event of a stream when its API has to %s',
    async (how) => {
      const path = { environmentId: place.environment.id };
      const table = await holdTable(place.database.address);
      const { id: snapshotId } = await result(snapshotCreate({ client: viaSteady, path }));
      await table.dumpIsWaiting();
      const sessions = await query<{ port: number }>(
        place.database.address,
        "SELECT client_port AS port FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'snapback capture'",
      );
      const ports = sessions.map(({ port }) => port);
      expect([await hasLocalPort(worker.pid, ports), await hasLocalPort(restarted.pid, ports)]).toEqual([true, false]);
      expect(await restarted.children()).toEqual([]);

      const opened: number[] = [];
      const streams = [viaRestarted, viaRestarted, viaSteady].map((client, at) =>
        // As long as an API may take to come back on a machine with other work.
        receiveAll(client, { ...path, snapshotId }, { onFirst: () => opened.push(at), attempts: 60 }),
      );
      const followed = watchSnapshot(viaRestarted, { ...path, snapshotId });
      expect((await followed.next()).done).toBe(false);
      await waitUntil('the streams are open', () => opened.length === streams.length);
      await restarted[how]();
      // All the rest happens while that API is away.
      await table.release();
      await endOfSnapshot(viaSteady, { ...path, snapshotId });
      const port = new URL(restarted.url).port;
      restarted = await startServiceProcess({ ...setting.env, ROLE: 'api', PORT: port });

      const recorded = await recordedIds(setting.database, snapshotId);
      for (const events of await Promise.all(streams)) {
        const ids = events.map(({ id }) => id);
        expect(ids).toEqual(recorded.slice(recorded.indexOf(ids[0]!)));
        expect(ids.length).toBeGreaterThan(2);
        expect(events.at(-1)).toMatchObject({ status: 'completed', final: true });
      }
      let last: SnapshotProgress | undefined;
      for await (const event of followed) last = event;
      expect(last).toMatchObject({ status: 'completed', final: true });
    },
  );

  it('end when they are told to', async () => {
    const ends = await Promise.all([restarted, steady, worker].map((service) => service.terminate()));
    expect(ends).toEqual(Array.from(ends, () => ({ code: 0, signal: null })));
  });
});
