import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkEvent } from '../harness/contract-check.js';
import { startTestService, type TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { eventsIn, openStream, queuedSnapshot, type WatchedSnapshot } from './watched-snapshot.js';

describe('a stream whose token expires', () => {
  let service: TestService;
  let watched: WatchedSnapshot;

  beforeAll(async () => {
    service = await startTestService({ ROLE: 'api' });
    watched = await queuedSnapshot(service);
  });
  afterAll(async () => {
    await service.stop();
    await watched.place.database.drop();
  });

  it('ends then, says why, and keeps the place from which it goes on', async () => {
    const stream = await openStream(watched.url, testToken({ lifetimeSeconds: 2 }));
    const longer = await openStream(watched.url, testToken());
    await stream.ended;
    const events = eventsIn(stream.text());
    expect(events.map(({ event }) => event)).toEqual(['snapshot-progress', 'token-expired']);
    for (const { data } of events) checkEvent('snapshotProgress', data);
    expect(events[1]).toMatchObject({ id: events[0]!.id, data: { code: 'token-expired' } });
    // Others who watch the same go on.
    expect(eventsIn(longer.text())).toHaveLength(1);
    longer.close();
    const again = await openStream(watched.url, testToken({ lifetimeSeconds: 1 }), events[1]!.id);
    await again.ended;
    expect(eventsIn(again.text()).map(({ event }) => event)).toEqual(['token-expired']);
  });

  it('cannot be opened with a token that has expired', async () => {
    const { response } = await openStream(watched.url, testToken({ lifetimeSeconds: -60 }));
    expect(response.status).toBe(401);
  });
});
