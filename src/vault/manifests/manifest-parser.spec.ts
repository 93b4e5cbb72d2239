import { describe, expect, it } from 'vitest';
import type { FileEntry, SparseLayout } from './manifest.js';
import type { ContentRef } from './content-ref.js';
import { lineOf, parseEntry } from './manifest-parser.js';

const id = 'ab'.repeat(32);
const content = (bytes: number): ContentRef => ({ bytes, sha256: id, chunks: bytes === 0 ? [] : [{ id, bytes }] });
const attributes = { path: 'utf8:a', mode: 0o644, uid: 1, gid: 2, mtimeNs: '3' };
const fileOf = (bytes: number, sparse?: SparseLayout): FileEntry => {
  return { kind: 'file', ...attributes, content: content(bytes), ...(sparse && { sparse }) };
};

describe('the line of a file', () => {
  it.each<[string, FileEntry]>([
    ['without holes', fileOf(10)],
    [
      'with holes',
      fileOf(10, {
        bytes: 100,
        runs: [
          { offset: 0, bytes: 4 },
          { offset: 94, bytes: 6 },
        ],
      }),
    ],
    ['with nothing but holes', fileOf(0, { bytes: 100, runs: [] })],
  ])('%s is read back as it was', (_, entry) => {
    expect(parseEntry(JSON.parse(JSON.stringify(lineOf(entry))))).toEqual(entry);
  });

  it('without holes is as it was before there were any, and with some is nothing that an older reader takes for a file', () => {
    expect(lineOf(fileOf(10))).toEqual({ kind: 'file', ...attributes, content: content(10) });
    expect(lineOf(fileOf(0, { bytes: 1, runs: [] }))).toMatchObject({ kind: 'sparse-file' });
  });

  it.each<[string, unknown]>([
    ['no layout', undefined],
    ['runs that are less than the content', { bytes: 100, runs: [{ offset: 0, bytes: 9 }] }],
    ['runs that are more than the content', { bytes: 100, runs: [{ offset: 0, bytes: 11 }] }],
    ['a run behind the end', { bytes: 100, runs: [{ offset: 91, bytes: 10 }] }],
    [
      'runs that overlap',
      {
        bytes: 100,
        runs: [
          { offset: 0, bytes: 5 },
          { offset: 4, bytes: 5 },
        ],
      },
    ],
    [
      'runs that touch',
      {
        bytes: 100,
        runs: [
          { offset: 0, bytes: 5 },
          { offset: 5, bytes: 5 },
        ],
      },
    ],
    [
      'runs in another order',
      {
        bytes: 100,
        runs: [
          { offset: 50, bytes: 5 },
          { offset: 0, bytes: 5 },
        ],
      },
    ],
    [
      'an empty run',
      {
        bytes: 100,
        runs: [
          { offset: 0, bytes: 10 },
          { offset: 50, bytes: 0 },
        ],
      },
    ],
    ['a run before the start', { bytes: 100, runs: [{ offset: -1, bytes: 10 }] }],
    ['half a byte', { bytes: 100, runs: [{ offset: 0.5, bytes: 10 }] }],
    ['no size', { runs: [{ offset: 0, bytes: 10 }] }],
  ])('is refused with %s', (_, sparse) => {
    expect(() => parseEntry({ kind: 'sparse-file', ...attributes, content: content(10), sparse })).toThrow(
      /is not what a manifest holds there/,
    );
  });
});
