import { afterAll, beforeAll, expect, it } from 'vitest';
import { Slot } from './slot.js';
import { Place } from './place.js';
import { strikeAtRandom } from './random-kills.js';

let slot: Slot;
let places: Place[];

beforeAll(async () => {
  slot = await Slot.start();
  slot.shared = true;
  const worker = await slot.startWorker();
  places = await Promise.all(Array.from({ length: 3 }, () => Place.create(slot)));
  await slot.end(worker);
}, 180_000);

afterAll(() => slot.stop());

it('keeps every promise at a random instant', async () => {
  const { broken } = await strikeAtRandom(slot, places);
  expect(broken).toEqual([]);
}, 180_000);
