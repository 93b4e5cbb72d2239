import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ChunkIdSet } from './chunk-id-set.js';

describe('a set of chunk ids', () => {
  it('holds exactly what was added, through every growth', () => {
    const ids = Array.from({ length: 5000 }, (_, at) => hash('sha256', `${at}`));
    const set = new ChunkIdSet();
    expect(ids.every((id) => set.add(id))).toBe(true);
    expect(ids.some((id) => set.add(id))).toBe(false);
    expect(set.size).toBe(ids.length);
    expect([...set].sort()).toEqual([...ids].sort());
    expect(ids.every((id) => set.has(id))).toBe(true);
    expect(set.has(hash('sha256', 'absent'))).toBe(false);
  });

  it('tells apart ids that begin alike, and knows the one of zeros', () => {
    const ids = ['00'.repeat(32), `${'00'.repeat(31)}01`, `${'00'.repeat(31)}02`];
    const set = new ChunkIdSet();
    expect(set.has('00'.repeat(32))).toBe(false);
    for (const id of ids.slice(0, 2)) set.add(id);
    expect(ids.map((id) => set.has(id))).toEqual([true, true, false]);
  });
});
