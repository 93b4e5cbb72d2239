import { describe, expect, it } from 'vitest';
import { changedParts } from './changed-parts.js';

describe('what was changed', () => {
  it('is what differs, on both sides', () => {
    const before = { id: 'a', name: 'x', labels: { tier: '1' }, at: 1 };
    expect(changedParts(before, { ...before, name: 'y', labels: { tier: '2' } })).toEqual({
      before: { name: 'x', labels: { tier: '1' } },
      after: { name: 'y', labels: { tier: '2' } },
    });
    expect(changedParts({ a: null }, { a: 1, b: 2 })).toEqual({ before: { a: null }, after: { a: 1, b: 2 } });
  });

  it('is nothing when both are the same, in whatever order', () => {
    expect(changedParts({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 })).toBeNull();
    expect(changedParts({ a: new Date(0) }, { a: '1970-01-01T00:00:00.000Z' })).toBeNull();
  });

  it('is all of what is new, or gone, without what it does not have', () => {
    expect(changedParts(undefined, { id: 'a', failure: null, count: 0 })).toEqual({
      before: null,
      after: { id: 'a', count: 0 },
    });
    expect(changedParts({ id: 'a', failure: null }, undefined)).toEqual({ before: { id: 'a' }, after: null });
    expect(changedParts(undefined, undefined)).toEqual({ before: null, after: null });
  });

  it('is what can be stored', () => {
    expect(changedParts(undefined, { a: 'x\0y', b: '\ud800', c: undefined })?.after).toEqual({
      a: 'x\uFFFDy',
      b: '\uFFFD',
    });
  });
});
