import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listingInMemory } from '../../vault/listing/build-listing.js';
import { OF_FILES, OF_TABLES } from '../../vault/listing/listing-key.js';
import type { Listing } from '../../vault/listing/listing.js';
import { changedEntries } from './changed-entries.js';

/** Some hundred bytes each, so that some hundred of them are several blocks. */
const FILLING = 'x'.repeat(600);

function listingOf(files: Readonly<Record<string, number>>): Promise<Listing> {
  const lines = Object.entries(files).map(([name, mode]) => {
    const content = {
      bytes: 0,
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      chunks: [],
    };
    const entry = { kind: 'file', path: `utf8:${name}`, mode, uid: 0, gid: 0, mtimeNs: '1', content };
    return Buffer.from(`${JSON.stringify(entry)}\n`);
  });
  const table = { kind: 'table', table: 1, schema: 's', name: 't', columns: [] };
  const all = [Buffer.from(`${JSON.stringify(table)}\n`), ...lines];
  return listingInMemory(
    (async function* () {
      yield all;
    })(),
  );
}

const files = fc.dictionary(
  fc.integer({ min: 0, max: 400 }).map((number) => `d${number % 7}/${number}${FILLING}`),
  fc.integer({ min: 0, max: 2 }),
  { maxKeys: 400, noNullPrototype: true },
);

describe('two listings side by side', () => {
  it('differ in what is in one of them only, and in what is not the same in both; the rest is counted', async () => {
    await fc.assert(
      fc.asyncProperty(files, files, fc.boolean(), async (was, is, likely) => {
        // Mostly the same, as snapshots are.
        const later = likely ? { ...was, ...Object.fromEntries(Object.entries(is).slice(0, 3)) } : is;
        const [before, after] = [await listingOf(was), await listingOf(later)];
        const found: string[] = [];
        let same = 0;
        for await (const changed of changedEntries(before, after, OF_FILES, { same: (count) => (same += count) })) {
          const path = (entry: typeof changed.before) => (entry?.kind === 'file' ? `${entry.path} ${entry.mode}` : '-');
          found.push(`${path(changed.before)} ${path(changed.after)}`);
        }
        const names = [...new Set([...Object.keys(was), ...Object.keys(later)])].toSorted();
        const side = (of: Record<string, number>, name: string) => (name in of ? `utf8:${name} ${of[name]}` : '-');
        const expected = names.map((name) => [side(was, name), side(later, name)]).filter(([a, b]) => a !== b);
        expect(found.toSorted()).toEqual(expected.map((pair) => pair.join(' ')).toSorted());
        expect(same).toBe(names.length - expected.length);
      }),
      { numRuns: 30 },
    );
  });

  it('are the same in a part of them, whatever else differs', async () => {
    const [before, after] = [await listingOf({ a: 1 }), await listingOf({ b: 1 })];
    const found = [];
    for await (const { key } of changedEntries(before, after, OF_TABLES)) found.push(key);
    expect(found).toEqual([]);
  });
});
