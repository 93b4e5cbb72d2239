import { expect, it } from 'vitest';
import type { ChunkLocation } from '../catalogue.js';
import { RebuildAwareLocator } from './rebuild-aware-locator.js';

const here: ChunkLocation = {
  packId: Buffer.alloc(32),
  keyId: 'key',
  offset: 0,
  storedBytes: 1,
  plainBytes: 1,
  encoding: 0,
};

/** Answers one after the other; the last one for ever. */
function catalogueWith(answers: { found: ChunkLocation | null; rebuilding: boolean; rebuilds?: number }[]) {
  let asked = 0;
  const now = () => answers[Math.min(asked, answers.length) - 1]!;
  return {
    locate: async () => {
      asked += 1;
      return [now().found];
    },
    isBeingRebuilt: async () => now().rebuilding,
    countRebuilds: async () => now().rebuilds ?? 0,
  };
}

const locate = (...answers: Parameters<typeof catalogueWith>[0]) =>
  new RebuildAwareLocator(catalogueWith(answers)).locate('project', [Buffer.alloc(32)]);

it('finds what is there, also during a rebuild', async () => {
  expect(await locate({ found: here, rebuilding: true })).toEqual([here]);
});

it('knows that a chunk is missing when nobody rebuilds', async () => {
  expect(await locate({ found: null, rebuilding: false })).toEqual([null]);
});

it('does not say that a chunk is missing while its rows are being made anew', async () => {
  await expect(locate({ found: null, rebuilding: true })).rejects.toMatchObject({ code: 'rebuilding' });
});

it('looks again when a rebuild may have ended between its two questions', async () => {
  expect(await locate({ found: null, rebuilding: false }, { found: here, rebuilding: false })).toEqual([here]);
  const begun = locate({ found: null, rebuilding: false }, { found: null, rebuilding: true });
  await expect(begun).rejects.toMatchObject({ code: 'rebuilding' });
});

it('does not say that a chunk is missing when a rebuild began and ended while it looked', async () => {
  const unseen = locate(
    { found: null, rebuilding: false, rebuilds: 1 },
    { found: null, rebuilding: false, rebuilds: 2 },
  );
  await expect(unseen).rejects.toMatchObject({ code: 'rebuilding' });
});
