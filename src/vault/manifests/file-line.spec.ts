import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileLine, plainFileIn } from './file-line.js';
import { MAX_LINE_BYTES } from './line-splitter.js';
import { parseEntry } from './manifest-parser.js';
import type { FileEntry } from './manifest.js';

const id = (digit: string) => digit.repeat(64);
const file: FileEntry = {
  ...{ kind: 'file', path: 'utf8:a/b', mode: 0o644, uid: 1000, gid: 4_294_967_295, mtimeNs: '1700000000123456789' },
  identity: { ctimeNs: '-1', inode: '18446744073709551615' },
  content: { bytes: 12, sha256: id('a'), chunks: [{ id: id('a'), bytes: 12 }] },
};

/** As `parseEntry` reads it. */
function parsed(line: string) {
  const { path, mtimeNs, identity, content } = parseEntry(JSON.parse(line)) as FileEntry;
  return { path, mtimeNs, ...identity, bytes: String(content.bytes), sha256: content.sha256 };
}

describe('the line of a file', () => {
  it('is read quickly when it is a plain one', () => {
    expect(plainFileIn(fileLine(file))).toEqual(parsed(fileLine(file)));
  });

  it.each<[string, FileEntry | object]>([
    [
      'has several chunks',
      {
        ...file,
        content: {
          bytes: 2,
          sha256: id('a'),
          chunks: [
            { id: id('b'), bytes: 1 },
            { id: id('c'), bytes: 1 },
          ],
        },
      },
    ],
    [
      'has a chunk of another name',
      { ...file, content: { bytes: 12, sha256: id('a'), chunks: [{ id: id('b'), bytes: 12 }] } },
    ],
    [
      'has a chunk of another length',
      { ...file, content: { bytes: 12, sha256: id('a'), chunks: [{ id: id('a'), bytes: 13 }] } },
    ],
    ['is empty', { ...file, content: { bytes: 0, sha256: id('a'), chunks: [] } }],
    ['has no identity', { ...file, identity: undefined }],
    ['has holes', { ...file, sparse: { bytes: 20, runs: [{ offset: 0, bytes: 12 }] } }],
    ['has more to say', { ...file, more: 1 }],
    ['is no file', { kind: 'directory', path: 'utf8:', mode: 0, uid: 0, gid: 0, mtimeNs: '0' }],
  ])('is left to the parser when it %s', (_, entry) => {
    expect(plainFileIn(fileLine(entry as FileEntry))).toBeUndefined();
  });

  it('is left to the parser when it is cut off, or two', () => {
    const line = fileLine(file);
    expect(plainFileIn(line.trimEnd())).toBeUndefined();
    expect(plainFileIn(line + line)).toBeUndefined();
  });

  it('may be as long as any line, and no longer', () => {
    const chunk = { id: id('b'), bytes: 1 };
    const withChunks = (count: number): FileEntry => ({
      ...file,
      content: { bytes: count, sha256: id('a'), chunks: Array.from({ length: count }, () => chunk) },
    });
    const most = Math.floor((MAX_LINE_BYTES - 1_000) / (JSON.stringify(chunk).length + 1));
    expect(fileLine(withChunks(most)).length).toBeLessThanOrEqual(MAX_LINE_BYTES);
    expect(() => fileLine(withChunks(most + 100))).toThrow('too many chunks');
  });

  it('says the same quickly as to the parser, whatever the file is', () => {
    const number = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(String);
    const arbitrary = fc.record({
      kind: fc.constant('file' as const),
      path: fc.string({ unit: 'binary' }).map((text): FileEntry['path'] => `utf8:${text}`),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      uid: fc.nat(),
      gid: fc.nat(),
      mtimeNs: number,
      identity: fc.record({ ctimeNs: number, inode: number }),
      content: fc.tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.constantFrom('0', 'f')).map(([bytes, digit]) => ({
        ...{ bytes, sha256: id(digit), chunks: [{ id: id(digit), bytes }] },
      })),
    });
    fc.assert(
      fc.property(arbitrary, (entry) => {
        const line = fileLine(entry);
        const quick = plainFileIn(line);
        // What is written with a backslash is left to the parser.
        const isSimple = !JSON.stringify(entry.path).includes('\\');
        expect(quick).toEqual(isSimple ? parsed(line) : undefined);
      }),
    );
  });
});
