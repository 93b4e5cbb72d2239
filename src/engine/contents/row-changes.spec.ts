import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRowChanges, type RowCounts } from './row-changes.js';

/** In pieces that end anywhere. */
async function* inPieces(rows: readonly string[], bytes: number): AsyncGenerator<Buffer> {
  const all = Buffer.from(rows.map((row) => `${row}\n`).join(''), 'latin1');
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

/** By looking for each in all others. */
function byHand(before: readonly string[], after: readonly string[], keyOf?: (row: string) => string): RowCounts {
  const left = [...before];
  const counts = { added: 0, removed: 0, changed: 0 };
  for (const row of after) {
    const at = left.findIndex((one) => (keyOf === undefined ? one === row : keyOf(one) === keyOf(row)));
    if (at === -1) counts.added += 1;
    else if (left[at] !== row) counts.changed += 1;
    if (at !== -1) left.splice(at, 1);
  }
  return { ...counts, removed: left.length };
}

const cell = fc.string({ unit: fc.constantFrom('a', 'b', '\\', 'N', 't', ' '), maxLength: 3 });
const row = fc.tuple(cell, cell, cell).map((cells) => cells.join('\t'));

describe('the changes between two sets of rows', () => {
  it('without a key are those that are on one side only, as often as they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.array(row), fc.integer({ min: 1, max: 9 }), async (was, is, bytes) => {
        const counted = await countRowChanges(inPieces(was, bytes), inPieces(is, bytes), undefined);
        expect(counted).toEqual(byHand(was, is));
      }),
    );
  });

  it.each([[[0]], [[2]], [[1, 0]], [[0, 2]]])(
    'with the key %j are told by it, in whatever order they come',
    async (places) => {
      const keyOf = (one: string) => JSON.stringify(places.map((place) => one.split('\t')[place]));
      const unique = fc.uniqueArray(row, { selector: keyOf });
      await fc.assert(
        fc.asyncProperty(unique, unique, fc.integer({ min: 1, max: 9 }), async (was, is, bytes) => {
          expect(await countRowChanges(inPieces(was, bytes), inPieces(is, bytes), places)).toEqual(
            byHand(was, is, keyOf),
          );
        }),
      );
    },
  );
});
