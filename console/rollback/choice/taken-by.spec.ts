import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../sdk/typescript/index.js';
import { newestTakenBy, PAGE_SIZE } from './taken-by.js';

/** Snapshot `n` was asked for at the minute `-n`. */
const taken = (n: number, changes: Partial<Snapshot> = {}): Snapshot => {
  const at = new Date(-n * 60_000).toISOString();
  const known = { id: `${n}`, status: 'completed', trigger: 'scheduled', createdAt: at, startedAt: at };
  return { ...known, restorability: { state: 'expected', findings: [], provenAt: null }, ...changes } as Snapshot;
};

const among = (snapshots: Snapshot[]) => {
  const asked: number[] = [];
  const load = (page: number) => {
    asked.push(page);
    const items = snapshots.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    return Promise.resolve({ items, nextCursor: (page + 1) * PAGE_SIZE < snapshots.length ? 'more' : null });
  };
  return { asked, by: async (minute: number) => (await newestTakenBy(load, minute * 60_000))?.id };
};

describe('the newest snapshot that was taken by a time', () => {
  it('is found among ten thousand by a few looks', async () => {
    const { asked, by } = among(Array.from({ length: 10_000 }, (_, n) => taken(n)));
    for (const n of [0, 99, 100, 5_432, 9_999]) expect(await by(-n)).toBe(`${n}`);
    expect(asked.length).toBeLessThan(5 * 20);
  });

  it('is none before the first, and the newest of all today', async () => {
    const { by } = among(Array.from({ length: 250 }, (_, n) => taken(n)));
    expect(await by(-1_000)).toBeUndefined();
    expect(await by(1_000)).toBe('0');
    expect(await among([]).by(0)).toBeUndefined();
  });

  it('is one that can come back and was captured on purpose, also when that is pages away', async () => {
    const refuted = { state: 'refuted' as const, findings: [], provenAt: null };
    const { by } = among([
      ...Array.from({ length: 300 }, (_, n) =>
        taken(n, n % 2 === 0 ? { restorability: refuted } : { trigger: 'safety' }),
      ),
      taken(300),
    ]);
    expect(await by(-10)).toBe('300');
  });

  it('is not one that waited for its turn until later', async () => {
    const { by } = among([taken(1, { startedAt: new Date(60_000).toISOString() }), taken(2)]);
    expect(await by(0)).toBe('2');
  });
});
