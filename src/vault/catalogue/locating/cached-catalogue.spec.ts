import { expect, it } from 'vitest';
import { CachedCatalogue } from './cached-catalogue.js';
import type { ChunkLocation, ChunkLocator } from '../catalogue.js';

const id = (number: number): Buffer => Buffer.alloc(32, number);
const location = (offset: number): ChunkLocation => ({
  packId: id(0),
  keyId: 'k',
  offset,
  storedBytes: 1,
  plainBytes: 1,
  encoding: 0,
});

/** Knows the chunks 1 to 9, and remembers what it was asked. */
class Known implements ChunkLocator {
  asked: number[][] = [];

  async locate(_project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    this.asked.push(ids.map((each) => each[0]!));
    return ids.map((each) => (each[0]! < 10 ? location(each[0]!) : null));
  }
}

it('asks only for what it does not remember, and answers in the order asked', async () => {
  const known = new Known();
  const cached = new CachedCatalogue(known);
  await cached.locate('p', [id(1), id(3)]);
  expect(await cached.locate('p', [id(2), id(1), id(40), id(3)])).toEqual([
    location(2),
    location(1),
    null,
    location(3),
  ]);
  await cached.locate('p', [id(1), id(40)]);
  expect(known.asked).toEqual([[1, 3], [2, 40], [40]]);
});

it('keeps projects apart', async () => {
  const known = new Known();
  const cached = new CachedCatalogue(known);
  for (const project of ['p', 'q']) await cached.locate(project, [id(1)]);
  expect(known.asked).toHaveLength(2);
});

it('forgets what it is told to, and beyond its size what was not used for longest', async () => {
  const known = new Known();
  const cached = new CachedCatalogue(known, 2);
  for (const number of [1, 2, 1, 3]) await cached.locate('p', [id(number)]);
  await cached.locate('p', [id(1), id(3), id(2)]);
  cached.forget('p', [id(2)]);
  await cached.locate('p', [id(2)]);
  expect(known.asked).toEqual([[1], [2], [3], [2], [2]]);
});
