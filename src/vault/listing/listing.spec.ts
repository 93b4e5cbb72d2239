import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineOf } from '../manifests/manifest-parser.js';
import type { ManifestEntry } from '../manifests/manifest.js';
import { listingInMemory } from './build-listing.js';
import { LineSorter } from './line-sorter.js';
import type { Listing } from './listing.js';
import { entriesIn, keyOf, keyOfPath, OF_FILES, OF_OTHERS, OF_TABLES, segmentsOf } from './listing-key.js';

const content = { bytes: 3, sha256: 'a'.repeat(64), chunks: [{ id: 'a'.repeat(64), bytes: 3 }] };
const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };
const file = (path: string): ManifestEntry => ({ kind: 'file', path: `utf8:${path}`, ...attributes, content });
const directory = (path: string): ManifestEntry => ({ kind: 'directory', path: `utf8:${path}`, ...attributes });
const table = (number: number, schema: string, name: string): ManifestEntry => ({
  kind: 'table',
  table: number,
  schema,
  name,
  columns: ['id'],
});
const segment = (number: number, fromBlock: number, carriedOver = false): ManifestEntry => ({
  kind: 'segment',
  table: number,
  fromBlock,
  rows: 10,
  ...(carriedOver && { carriedOver: true as const }),
  content,
});

async function listingOf(entries: readonly ManifestEntry[]): Promise<Listing> {
  const lines = entries.map((entry) => Buffer.from(`${JSON.stringify(lineOf(entry))}\n`));
  return listingInMemory(
    (async function* () {
      yield lines;
    })(),
  );
}

async function all(
  listing: Listing,
  prefix: string,
  options: { from?: string; containing?: string } = {},
): Promise<ManifestEntry[]> {
  const all: ManifestEntry[] = [];
  for await (const { found } of listing.range(prefix, options)) all.push(...found.map(({ entry }) => entry));
  return all;
}

const pathsOf = (entries: readonly ManifestEntry[]) => entries.map((entry) => ('path' in entry ? entry.path : ''));

describe('a listing', () => {
  it('has what lies in a directory side by side, by name, and nothing of what lies deeper', async () => {
    const paths = ['a/z', 'a', 'a/b/deep', 'a/b', 'a.txt', 'a b', 'a/é', 'a/b.txt', 'b'];
    const listing = await listingOf([directory(''), ...paths.map(file)]);
    expect(pathsOf(await all(listing, entriesIn('')))).toEqual(
      ['', 'a', 'a b', 'a.txt', 'b'].map((path) => `utf8:${path}`),
    );
    expect(pathsOf(await all(listing, entriesIn('a')))).toEqual(
      ['a/b', 'a/b.txt', 'a/z', 'a/é'].map((path) => `utf8:${path}`),
    );
    expect(pathsOf(await all(listing, entriesIn('a'), { from: `${keyOfPath('a/b.txt')}\0` }))).toEqual([
      'utf8:a/z',
      'utf8:a/é',
    ]);
    expect(listing.entries).toBe(10);
  });

  it('says what the segments of a table come to, and has them in the order of their blocks', async () => {
    const listing = await listingOf([
      table(1, 'public', 'b'),
      segment(1, 5000),
      segment(1, 0, true),
      table(2, 'app', 'a'),
      { kind: 'warning', code: 'x', message: 'first' },
      { kind: 'warning', code: 'a', message: 'second' },
    ]);
    expect(await all(listing, OF_TABLES)).toEqual([
      { ...table(2, 'app', 'a'), totals: { rows: 0, bytes: 0, segments: 0, carriedOver: 0 } },
      { ...table(1, 'public', 'b'), totals: { rows: 20, bytes: 6, segments: 2, carriedOver: 1 } },
    ]);
    expect(await all(listing, segmentsOf(1))).toEqual([segment(1, 0, true), segment(1, 5000)]);
    expect(await all(listing, OF_OTHERS)).toMatchObject([{ message: 'first' }, { message: 'second' }]);
    expect(await all(listing, OF_FILES)).toEqual([]);
  });

  it('has the lines with something in them, in capitals or not, and in what becomes longer when it is small', async () => {
    for (const more of [[], ['İ', 'İİİ/İ']]) {
      const listing = await listingOf(['Invoice 1.PDF', 'a/invoice', 'b', 'in/voice', ...more].map(file));
      expect(pathsOf(await all(listing, OF_FILES, { containing: 'invoice' }))).toEqual([
        'utf8:Invoice 1.PDF',
        'utf8:a/invoice',
      ]);
      expect(await all(listing, OF_FILES, { containing: 'nothing' })).toEqual([]);
    }
  });

  it('finds each entry again, and pages of any size are all there is', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '.', ' ', '\n', '"', 'é', '\u202e', '😀'),
      minLength: 1,
      maxLength: 3,
    });
    const path = fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((names) => names.filter((one) => !/^\.+$/.test(one)).join('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 40 }), async (paths) => {
        const entries = paths.filter((one) => one !== '').map(file);
        const listing = await listingOf(entries);
        const found: ManifestEntry[] = [];
        let after = '';
        for (;;) {
          const batch = (await all(listing, OF_FILES, { from: after })).slice(0, 3);
          if (batch.length === 0) break;
          found.push(...batch);
          after = `${keyOf(batch.at(-1)!, 0)}\0`;
        }
        expect(pathsOf(found).toSorted()).toEqual(pathsOf(entries).toSorted());
        for (const entry of entries) expect(await listing.find(keyOf(entry, 0))).toEqual(entry);
        expect(await listing.find(keyOfPath('not there'))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe('a sorter of lines', () => {
  it('sorts more than it has room for, whatever order they come in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.string({ maxLength: 12 }), fc.nat({ max: 900 }))), async (rows) => {
        const given = rows.map(([key, length], index) => ({
          key: Buffer.from(key).toString('latin1'),
          line: Buffer.alloc(length, `${index} `).toString('latin1'),
        }));
        const sorter = new LineSorter(1000);
        try {
          for (const { key, line } of given) await sorter.add(key, Buffer.from(line, 'latin1'));
          const sorted = Array.from(sorter.sorted(), ({ key, line }) => ({ key, line: line.toString('latin1') }));
          expect(sorted.map(({ key }) => key)).toEqual(given.map(({ key }) => key).toSorted());
          const texts = (some: typeof given) => some.map((one) => JSON.stringify(one)).toSorted();
          expect(texts(sorted)).toEqual(texts(given));
        } finally {
          await sorter.dispose();
        }
      }),
      { numRuns: 100 },
    );
  });
});
