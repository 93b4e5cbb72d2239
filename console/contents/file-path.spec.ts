import { describe, expect, it } from 'vitest';
import { crumbsOf, placeOf } from './file-path.js';

const base64 = (...bytes: number[]) => btoa(String.fromCharCode(...bytes));

describe('a place in a filestore', () => {
  it('is its text, and its bytes where they are no text', () => {
    expect(placeOf({ path: 'a/b', pathBase64: null })).toEqual({ path: 'a/b' });
    expect(placeOf({ path: 'a/\ufffd', pathBase64: 'YS//' })).toEqual({ pathBase64: 'YS//' });
    expect(placeOf({ path: '', pathBase64: null })).toEqual({});
  });

  it('is led to by the directories above it', () => {
    expect(crumbsOf({})).toEqual([]);
    expect(crumbsOf({ path: 'a/b\n/c' })).toEqual([
      { name: 'a', at: { path: 'a' } },
      { name: 'b\n', at: { path: 'a/b\n' } },
      { name: 'c', at: { path: 'a/b\n/c' } },
    ]);
  });

  it('is told by bytes from where they are no text on', () => {
    // a / ü / 0xff / b
    const bytes = [0x61, 0x2f, 0xc3, 0xbc, 0x2f, 0xff, 0x2f, 0x62];
    expect(crumbsOf({ pathBase64: base64(...bytes) })).toEqual([
      { name: 'a', at: { path: 'a' } },
      { name: 'ü', at: { path: 'a/ü' } },
      { name: '\ufffd', at: { pathBase64: base64(...bytes.slice(0, 6)) } },
      { name: 'b', at: { pathBase64: base64(...bytes) } },
    ]);
  });

  it('keeps a mark of byte order, which is a part of a name', () => {
    expect(crumbsOf({ pathBase64: base64(0xef, 0xbb, 0xbf, 0x61) })).toEqual([
      { name: '\ufeffa', at: { path: '\ufeffa' } },
    ]);
  });

  it('leads nowhere when somebody has written what is no base64', () => {
    expect(crumbsOf({ pathBase64: 'ä' })).toEqual([]);
  });
});
