import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  healthLive,
  healthReady,
  projectList,
  settingsUpdate,
  snapshotCreate,
  snapshotList,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { watchSnapshot } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { holdTable } from '../e2e/held-table.js';
import { nothingIsLeft } from '../e2e/leftovers.js';
import { endOfSnapshot, takeSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { LAPSED_HEARTBEATS } from '../harness/heartbeats.js';
import { startPostgresServer } from '../harness/postgres-server.js';
import type { PostgresServer } from '../harness/postgres-server.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { sampleOf, usually } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';

/** Long enough for what looks every second to have looked many times. */
const AWAY_MS = usually(5_000, 45_000);

let server: PostgresServer;
let setting: ServiceSetting;
let service: ServiceProcess;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  server = await startPostgresServer();
  setting = await createServiceSetting({ DATABASE_URL: server.adminUrl });
  service = await startServiceProcess(setting.env);
  client = connect({ baseUrl: service.url, token: testToken(), fetch: checkedFetch });
  place = await createTestEnvironment(client, setting.filestoreRoot);
});

afterAll(async () => {
  await service.kill();
  await nothingIsLeft([place]).finally(() => Promise.all([setting.remove(), server.remove()]));
});

describe('the service, when its own PostgreSQL goes away', () => {
  it.each(sampleOf(['fast', 'immediate'] as const, 1))(
    'lives through a restart (%s) in the middle of a capture',
    async (mode) => {
      const path = { environmentId: place.environment.id };
      const table = await holdTable(place.database.address);
      const { id: snapshotId } = await result(snapshotCreate({ client, path }));
      await table.dumpIsWaiting();
      const events = watchSnapshot(client, { ...path, snapshotId });
      expect((await events.next()).done).toBe(false);
      const watched = lastEvent(events);
      await server.restart(mode);
      await table.release();
      const last = await watched;
      const snapshot = await endOfSnapshot(client, { ...path, snapshotId });
      expect(['completed', 'failed']).toContain(snapshot.status);
      expect(last.status).toBe(snapshot.status);
      expect((await takeSnapshot(client, path.environmentId)).fileCount).toBe(3);
    },
    60_000,
  );

  it('takes a snapshot again whose end it could not write down', async () => {
    const path = { environmentId: place.environment.id };
    const table = await holdTable(place.database.address);
    const { id: snapshotId } = await result(snapshotCreate({ client, path }));
    await table.dumpIsWaiting();
    await server.stop();
    await table.release();
    await waitUntil('the capture is over', async () => (await service.children()).length === 0);
    await waitUntil('it could not be written down', () =>
      service.log().includes('A job failed and may be tried again.'),
    );
    await server.restart();
    await query(server.address('postgres'), LAPSED_HEARTBEATS);
    expect(await endOfSnapshot(client, { ...path, snapshotId })).toMatchObject({ status: 'completed', failure: null });
  }, 40_000);

  it('answers that it cannot work meanwhile, and works again by itself', async () => {
    const path = { environmentId: place.environment.id };
    await server.stop();
    expect((await healthLive({ client })).response?.status).toBe(200);
    const answers = await Promise.all([
      healthReady({ client }),
      projectList({ client }),
      snapshotList({ client, path }),
      snapshotCreate({ client, path }),
      settingsUpdate({ client, path, body: { retentionDays: 7 } }),
    ]);
    expect(answers.map(({ response }) => response?.status)).toEqual([503, 503, 503, 503, 503]);
    expect(answers.map(({ error }) => error?.code)).toEqual(Array.from(answers, () => 'service-unavailable'));
    await server.restart();
    await waitUntil('it is ready', async () => (await healthReady({ client })).response?.status === 200);
    expect((await takeSnapshot(client, path.environmentId)).status).toBe('completed');
    const unfinished = await query(
      server.address('postgres'),
      `SELECT status FROM snapshots WHERE status IN ('queued', 'running')`,
    );
    expect(unfinished).toEqual([]);
  });

  it('says so in few lines, however long that takes', async () => {
    const before = service.logged().length;
    await server.stop();
    await sleep(AWAY_MS);
    const said = service
      .logged()
      .slice(before)
      .filter(({ level }) => Number(level) >= 40);
    await server.restart();
    await waitUntil('it is ready', async () => (await healthReady({ client })).response?.status === 200);
    expect(said.map(({ msg }) => msg).filter((msg, index, all) => all.indexOf(msg) !== index)).toEqual([]);
    // Each of those who noticed, once.
    expect(said.length).toBeLessThan(15);
  }, 120_000);

  it('ends well after all that, and has told its log no secret', async () => {
    expect(await service.terminate()).toEqual({ code: 0, signal: null });
    // It has logged a lot of errors of the driver, which carries everything it knows with them.
    const { password } = place.database.address;
    const secrets = [server.superuserPassword, password, setting.env['JWT_SECRET']!, testToken()];
    expect(secrets.filter((secret) => service.log().includes(secret))).toEqual([]);
  });
});

async function lastEvent<T>(events: AsyncIterable<T>): Promise<T> {
  let last: T | undefined;
  for await (const event of events) last = event;
  if (last === undefined) throw new Error('The stream was empty.');
  return last;
}
