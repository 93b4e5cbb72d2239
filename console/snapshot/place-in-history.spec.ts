import { expect, it } from 'vitest';
import { findPlace, PAGE } from './place-in-history.js';

/** Newest first, one a minute; of two of one minute the one with the greater number is the newer one. */
const history = (length: number) =>
  Array.from({ length }, (_, index) => ({
    id: `snapshot ${index}`,
    createdAt: new Date(Date.UTC(2026, 0, 1) - Math.floor(index / 2) * 60_000).toISOString(),
  }));

async function look(length: number, wanted: { id: string; createdAt: string }, mostCounted = Infinity) {
  const all = history(length);
  let pages = 0;
  const place = await findPlace(wanted, async (offset) => {
    pages += 1;
    return {
      items: all.slice(offset, offset + PAGE),
      total: Math.min(length, mostCounted),
      totalIsLowerBound: length > mostCounted,
    };
  });
  return { place, pages };
}

it.each([0, 1, 99, 100, 101, 199, 200, 4999, 5000, 5001, 9998, 9999])(
  'finds number %d of ten thousand in few pages, also where only the first 5,000 are counted',
  async (index) => {
    const wanted = history(10_000)[index];
    if (wanted === undefined) throw new Error('It is among them.');
    const counted = await look(10_000, wanted);
    expect(counted.place).toBe(index);
    expect(counted.pages).toBeLessThanOrEqual(8);
    const uncounted = await look(10_000, wanted, 5_000);
    expect(uncounted.place).toBe(index);
    expect(uncounted.pages).toBeLessThanOrEqual(16);
  },
);

it.each([
  ['newer than all', '2027-01-01T00:00:00.000Z'],
  ['between two of them', '2025-12-31T23:00:30.000Z'],
  ['older than all', '2020-01-01T00:00:00.000Z'],
])('says of one that is not there, %s, that it is not', async (_, createdAt) => {
  expect((await look(1000, { id: 'another', createdAt })).place).toBeUndefined();
  expect((await look(0, { id: 'another', createdAt })).place).toBeUndefined();
});
