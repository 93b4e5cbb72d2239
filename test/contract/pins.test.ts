import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';
import { dropPlaces, newPlace } from './place.js';
import type { Place } from './place.js';
import { completedSnapshot } from './world.js';

let service: TestService;
let client: Client;
let ask: Ask;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  ask = asker(service.url, testToken());
});
afterAll(async () => {
  await service.stop();
  await dropPlaces();
});

const outcome = ({ status, problem }: Answer) => [status, problem.code];

describe('pins', () => {
  let place: Place;
  let pins: string[];
  const count = async (): Promise<number> =>
    ((await ask('GET', `${place.path}/snapshots?pinned=true`)).body as { total: number }).total;

  beforeAll(async () => {
    place = await newPlace(service, client);
    const snapshots = [1, 2, 3].map(() => completedSnapshot(client, place.environmentId));
    pins = (await Promise.all(snapshots)).map((snapshot) => `${place.path}/snapshots/${snapshot.id}/pin`);
    await ask('PATCH', `${place.path}/snapshot-settings`, { json: { maxPinned: 1 } });
  });

  it('of which only one is free go to exactly one of many who ask at once', async () => {
    const answers = await Promise.all([...pins, ...pins].map((pin) => ask('POST', pin, { json: { label: 'mine' } })));
    const winners = new Set(
      answers.filter(({ status }) => status === 200).map(({ body }) => (body as { id: string }).id),
    );
    expect(winners.size).toBe(1);
    const losers = answers.filter(({ status }) => status !== 200);
    expect(new Set(losers.map((answer) => outcome(answer).join(' ')))).toEqual(new Set(['409 pin-limit-reached']));
    expect(await count()).toBe(1);
  });

  it('protect from deletion, by whatever way', async () => {
    const { body } = await ask('GET', `${place.path}/snapshots?pinned=true`);
    const [pinned] = (body as { items: { id: string }[] }).items;
    const deleted = await ask('DELETE', `${place.path}/snapshots/${pinned!.id}`);
    expect(outcome(deleted)).toEqual([409, 'snapshot-pinned']);
    expect(deleted.problem.detail).toBe("The snapshot is pinned ('mine'); unpin it first.");
    expect(outcome(await ask('DELETE', `${place.inProject}?snapshots=delete`))).toEqual([409, 'snapshot-pinned']);
    // Pinning what is pinned is no second pin, and changes the label only.
    const again = await ask('POST', `${place.path}/snapshots/${pinned!.id}/pin`, { json: { label: 'ours' } });
    expect(again.body).toEqual({ ...pinned, label: 'ours' });
    expect((await ask('POST', `${place.path}/snapshots/${pinned!.id}/pin`)).body).toEqual(again.body);
  });

  it('can be taken off twice', async () => {
    for (const pin of pins) {
      const first = await ask('DELETE', pin);
      expect(first).toMatchObject({ status: 200, body: { pinned: false, pinnedAt: null } });
      const second = await ask('DELETE', pin);
      expect([second.status, second.body]).toEqual([200, first.body]);
    }
    expect(await count()).toBe(0);
  });

  it('are none when there may be none, and those that are stay when there may be fewer', async () => {
    expect((await ask('POST', pins[0]!)).status).toBe(200);
    await ask('PATCH', `${place.path}/snapshot-settings`, { json: { maxPinned: 0 } });
    const { problem } = await ask('POST', pins[1]!);
    expect(problem.detail).toBe('The environment allows no pinned snapshots; raise its maxPinned.');
    expect(await count()).toBe(1);
    await ask('DELETE', pins[0]!);
  });

  it('and deletions at once end with a pinned snapshot or with none, never with both', async () => {
    await ask('PATCH', `${place.path}/snapshot-settings`, { json: { maxPinned: 5 } });
    for (const pin of pins) {
      const one = pin.replace(/\/pin$/, '');
      const [pinned, deleted] = await Promise.all([ask('POST', pin), ask('DELETE', one)]);
      expect([
        [200, 409],
        [404, 204],
        [409, 204],
      ]).toContainEqual([pinned.status, deleted.status]);
    }
  });
});
