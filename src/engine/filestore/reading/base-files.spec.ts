import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../vault/manifests/manifest.js';
import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import { BaseFiles, type FileState } from './base-files.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const number = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(String);
/** Few values each, so that files differ in one field only, again and again. */
const state = fc.record({
  path: fc.oneof(
    fc.constantFrom('utf8:a', 'utf8:b', 'utf8:1 a', 'base64:/w=='),
    fc.string().map((s) => `utf8:${s}`),
  ),
  size: fc.oneof(fc.constantFrom(0, 1, 11), fc.integer({ min: 0, max: 10_000_000 })),
  mtimeNs: fc.oneof(fc.constantFrom('1', '11', '-1'), number),
  ctimeNs: fc.oneof(fc.constantFrom('1', '11'), number),
  inode: fc.oneof(fc.constantFrom('1', '11'), number),
});

function contentOf(size: number, seed: string, pieces: number): ContentRef {
  const whole = sha256(seed);
  if (size === 0) return { bytes: 0, sha256: whole, chunks: [] };
  if (pieces === 1 || size < pieces) return { bytes: size, sha256: whole, chunks: [{ id: whole, bytes: size }] };
  const chunks = Array.from({ length: pieces }, (_, index) => ({
    id: sha256(`${seed} ${index}`),
    bytes: index === 0 ? size - pieces + 1 : 1,
  }));
  return { bytes: size, sha256: whole, chunks };
}

function entryOf({ path, size, mtimeNs, ctimeNs, inode }: FileState, seed: string, pieces = 1): FileEntry {
  const content = contentOf(size, seed, pieces);
  return { kind: 'file', path, mode: 0o644, uid: 0, gid: 0, mtimeNs, identity: { ctimeNs, inode }, content };
}

describe('BaseFiles', () => {
  it('finds exactly what a map of the whole states would', () => {
    const files = fc.array(fc.tuple(state, fc.integer({ min: 1, max: 4 })), { maxLength: 60 });
    fc.assert(
      fc.property(files, fc.array(state, { maxLength: 30 }), (known, others) => {
        const base = new BaseFiles();
        const map = new Map<string, ContentRef>();
        for (const [index, [file, pieces]] of known.entries()) {
          const entry = entryOf(file, `content ${index}`, pieces);
          base.add(entry);
          const key = JSON.stringify(file);
          if (!map.has(key)) map.set(key, entry.content);
        }
        expect(base.files).toBe(map.size);
        for (const file of [...known.map(([file]) => file), ...others]) {
          expect(base.find(file)?.content).toEqual(map.get(JSON.stringify(file)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not know files without an identity, but counts them', () => {
    const base = new BaseFiles();
    const file = { path: 'utf8:a', size: 5, mtimeNs: '1', ctimeNs: '2', inode: '3' };
    const { identity: _, ...entry } = entryOf(file, 'a');
    base.add(entry);
    expect([base.files, base.find(file), base.totals]).toEqual([0, undefined, { files: 1, bytes: 5 }]);
  });

  it('stops to remember at its limits, and is right about the rest', () => {
    const base = new BaseFiles({ files: 3, chunks: 4 });
    const files = Array.from({ length: 6 }, (_, n) => {
      return { path: `utf8:${n}`, size: 100, mtimeNs: '1', ctimeNs: '2', inode: `${n}` };
    });
    // A list of three chunks takes four places: the second one does not fit, and single chunks need none.
    for (const [n, file] of files.entries()) base.add(entryOf(file, `${n}`, n < 2 ? 3 : 1));
    expect(files.map((file) => base.find(file)?.content.chunks.length)).toEqual([
      3,
      undefined,
      1,
      1,
      undefined,
      undefined,
    ]);
  });

  it('gives the layout of a file with holes back, and does not mix it up with one without', () => {
    const base = new BaseFiles({ runs: 4 });
    const sparseOf = (offset: number) => ({ bytes: 1000, runs: [{ offset, bytes: 10 }] });
    const files = [0, 1, 2].map((n) => {
      return { path: `utf8:${n}`, size: 1000, mtimeNs: '1', ctimeNs: '2', inode: `${n}` };
    });
    const plain = { path: 'utf8:plain', size: 10, mtimeNs: '1', ctimeNs: '2', inode: '9' };
    for (const [n, file] of files.entries())
      base.add({ ...entryOf(file, ''), content: contentOf(10, 'x', 1), sparse: sparseOf(n) });
    base.add(entryOf(plain, 'x'));
    expect(base.find(files[1]!)).toEqual({ content: contentOf(10, 'x', 1), sparse: sparseOf(1) });
    expect(base.find({ ...files[1]!, size: 10 })).toBeUndefined();
    expect(base.find(plain)).toEqual({ content: contentOf(10, 'x', 1) });
    // There was no room for the third one.
    expect(base.find(files[2]!)).toBeUndefined();
    expect(base.totals.bytes).toBe(40);
  });

  it('with nothing but holes it still has a layout', () => {
    const base = new BaseFiles();
    const file = { path: 'utf8:holes', size: 1000, mtimeNs: '1', ctimeNs: '2', inode: '3' };
    const sparse = { bytes: 1000, runs: [] };
    base.add({ ...entryOf(file, ''), content: contentOf(0, '', 1), sparse });
    expect(base.find(file)).toEqual({ content: contentOf(0, '', 1), sparse });
  });

  it('holds 250,000 files in less than 25 MB: a million in 100', { timeout: 60_000 }, () => {
    const total = 250_000;
    const fileAt = (n: number): FileState => {
      return { path: `utf8:some/directory/${n}`, size: 1000 + n, mtimeNs: `${n}`, ctimeNs: `${n}`, inode: `${n}` };
    };
    const held = () => process.memoryUsage().arrayBuffers;
    const before = held();
    const base = new BaseFiles();
    const id = 'ab'.repeat(32);
    for (let n = 0; n < total; n += 1) {
      const { path, size: bytes, mtimeNs, ctimeNs, inode } = fileAt(n);
      const content = { bytes, sha256: id, chunks: [{ id, bytes }] };
      base.add({ kind: 'file', path, mode: 0, uid: 0, gid: 0, mtimeNs, identity: { ctimeNs, inode }, content });
    }
    expect(base.files).toBe(total);
    expect(base.find(fileAt(total - 1))?.content.bytes).toBe(1000 + total - 1);
    expect(base.find({ ...fileAt(5), inode: '6' })).toBeUndefined();
    expect(held() - before).toBeLessThan(25_000_000);
  });
});
