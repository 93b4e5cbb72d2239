import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkedFetch } from '../harness/contract-check.js';
import { query } from '../harness/database.js';
import { startTestService, type TestService } from '../harness/service.js';
import { usually } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { waitUntil } from '../e2e/wait-until.js';
import { eventsIn, openStream, queuedSnapshot, type OpenStream, type WatchedSnapshot } from './watched-snapshot.js';

const CALLER = 5;
const ORGANIZATION = 8;
const PROCESS = 10;
/** Each event meets one stream more. */
const EVENTS = usually(20, 60);

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: unknown }).text);
}

describe('streams that are kept open', () => {
  let service: TestService;
  let watched: WatchedSnapshot;
  let others: WatchedSnapshot;
  const open: OpenStream[] = [];

  beforeAll(async () => {
    service = await startTestService({
      ROLE: 'api',
      PROGRESS_HEARTBEAT_SECONDS: '1',
      PROGRESS_STREAMS_PER_CALLER: String(CALLER),
      PROGRESS_STREAMS_PER_ORGANIZATION: String(ORGANIZATION),
      PROGRESS_STREAMS: String(PROCESS),
    });
    watched = await queuedSnapshot(service);
    others = await queuedSnapshot(service);
  });
  afterEach(async () => {
    for (const stream of open.splice(0)) stream.close();
    // The service notices a moment later.
    await waitUntil('all are counted off', async () => {
      const all = await Promise.all(Array.from({ length: CALLER }, () => openStream(watched.url, testToken())));
      for (const one of all) one.close();
      return all.every(({ response }) => response.status === 200);
    });
  });
  afterAll(async () => {
    await service.stop();
    await watched.place.database.drop();
    await others.place.database.drop();
  });

  async function statusOf(url: string, subject: string): Promise<number> {
    const stream = await openStream(url, testToken({ subject }));
    open.push(stream);
    return stream.response.status;
  }

  it('are so many for each caller, whatever they watch and with whatever token', async () => {
    for (let n = 0; n < CALLER; n += 1) {
      const stream = await openStream(n % 2 === 0 ? watched.url : others.url, testToken({ lifetimeSeconds: 600 + n }));
      expect(stream.response.status).toBe(200);
      open.push(stream);
    }
    const response = await checkedFetch(others.url, { headers: { authorization: `Bearer ${testToken()}` } });
    expect(response.status).toBe(429);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code: 'too-many-streams', detail: expect.stringContaining('5') });
    expect(await statusOf(watched.url, 'somebody-else')).toBe(200);
  });

  it('are not opened by those who ask for their head alone', async () => {
    for (let n = 0; n < PROCESS + 1; n += 1) {
      const headers = { authorization: `Bearer ${testToken()}` };
      const response = await fetch(watched.url, { method: 'HEAD', headers });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    }
  });

  it('are so many for each organization and for the process', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < ORGANIZATION + 1; n += 1) statuses.push(await statusOf(watched.url, `subject-${n}`));
    expect(statuses).toEqual([...Array.from({ length: ORGANIZATION }, () => 200), 429]);
  });

  it('are counted off when they are closed, and when they were refused they are not counted', async () => {
    for (let round = 0; round < usually(2, 4); round += 1) {
      const all = await Promise.all(Array.from({ length: 3 * CALLER }, () => openStream(watched.url, testToken())));
      expect(all.filter(({ response }) => response.status === 200)).toHaveLength(CALLER);
      for (const one of all) one.close();
      await waitUntil('they are closed', async () => {
        const one = await openStream(watched.url, testToken({ subject: 'tester' }));
        one.close();
        return one.response.status === 200;
      });
      await sleep(100);
    }
  });

  it('end when their client does not read, before they fill the memory', async () => {
    const { hostname, port, pathname } = new URL(watched.url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    const head = [`GET ${pathname} HTTP/1.1`, `Host: ${hostname}`, `Authorization: Bearer ${testToken()}`, '', ''];
    socket.write(head.join('\r\n'));
    // Nobody reads what comes after this.
    await once(socket, 'readable');
    for (let n = 1; n < CALLER; n += 1) expect(await statusOf(others.url, 'tester')).toBe(200);
    expect(await statusOf(others.url, 'tester')).toBe(429);
    // The kernel takes some megabytes, the service a few hundred KB more, and then it is over.
    const text = JSON.stringify({ percent: 1, final: false, message: 'x'.repeat(100_000) });
    await query(
      service.database,
      `INSERT INTO progress_events (subject_id, data) SELECT '${watched.id}', '${text}' FROM generate_series(1, 300);
       SELECT pg_notify('snapback_progress', '${watched.id}')`,
    );
    await waitUntil('its place is free', async () => (await statusOf(others.url, 'tester')) === 200);
    await query(
      service.database,
      `DELETE FROM progress_events WHERE subject_id = '${watched.id}' AND data ->> 'message' LIKE 'xxx%'`,
    );
    socket.destroy();
  });

  it('do not ask the database one by one', async () => {
    for (let n = 0; n < ORGANIZATION; n += 1) expect(await statusOf(watched.url, `subject-${n}`)).toBe(200);
    // The service is in this process, and so is all it says to its database.
    const said = vi.spyOn(Client.prototype, 'query');
    try {
      await sleep(6500);
      const asked = said.mock.calls.filter(([query]) => /progress_events|snapshots/.test(textOf(query)));
      // Looks at the log and at the state of what is watched, each every three seconds. One by one it would be dozens.
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.length).toBeLessThanOrEqual(6);
    } finally {
      said.mockRestore();
    }
    expect(open.every((stream) => /: heartbeat/.test(stream.text()))).toBe(true);
  });
});

describe('streams without a limit in the way', () => {
  let service: TestService;
  let watched: WatchedSnapshot;

  beforeAll(async () => {
    service = await startTestService({ ROLE: 'api', PROGRESS_HEARTBEAT_SECONDS: '1' });
    watched = await queuedSnapshot(service);
  });
  afterAll(async () => {
    await service.stop();
    await watched.place.database.drop();
  });

  const record = async (percent: number, final = false): Promise<void> => {
    const data = JSON.stringify({ percent, final });
    await query(
      service.database,
      `INSERT INTO progress_events (subject_id, data) VALUES ('${watched.id}', '${data}');
       SELECT pg_notify('snapback_progress', '${watched.id}')`,
    );
  };

  it('all get each event once and in order, whenever they come and whatever they say they have', async () => {
    const ids = ['0', '1', '999999999999999999', undefined];
    const streams: OpenStream[] = [];
    for (let n = 1; n <= EVENTS; n += 1) {
      await record(n, n === EVENTS);
      if (n < EVENTS) streams.push(await openStream(watched.url, testToken(), ids[n % ids.length]));
    }
    await Promise.all(streams.map(({ ended }) => ended));
    for (const stream of streams) {
      const numbers = eventsIn(stream.text()).map(({ data }) => Number(data.percent));
      const first = numbers[0]!;
      expect(numbers).toEqual(Array.from({ length: EVENTS + 1 - first }, (_, at) => first + at));
    }
  });

  it('end when what they show is gone without a word', async () => {
    const gone = await queuedSnapshot(service);
    const stream = await openStream(gone.url, testToken());
    await waitUntil('it has begun', () => eventsIn(stream.text()).length > 0);
    await query(service.database, `DELETE FROM snapshots WHERE id = '${gone.id}'`);
    await expect(stream.ended).resolves.toBeUndefined();
    await gone.place.database.drop();
  });
});
