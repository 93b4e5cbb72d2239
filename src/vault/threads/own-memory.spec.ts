import { describe, expect, it } from 'vitest';
import { ownMemory } from './own-memory.js';

describe('memory on its way to a thread', () => {
  it('is transferred when it is mostly pieces, and copied together when it is not', () => {
    const own = Buffer.allocUnsafeSlow(100);
    const pooled = Buffer.from('from the shared pool');
    const large = Buffer.allocUnsafeSlow(100_000).subarray(0, 50).fill(1);
    const shared = Buffer.from(new SharedArrayBuffer(10));
    const pieces = [own, pooled, large, shared, Buffer.alloc(0)];
    const { pieces: owned, memory } = ownMemory(pieces);
    expect(owned.map((piece) => Buffer.from(piece))).toEqual(pieces.map((piece) => Buffer.from(piece)));
    expect(memory).toContain(own.buffer);
    expect(memory).not.toContain(pooled.buffer);
    expect(memory.reduce((sum, buffer) => sum + buffer.byteLength, 0)).toBe(100 + 20 + 50 + 10);
    expect(() => structuredClone(owned, { transfer: memory })).not.toThrow();
    expect(pooled.toString()).toBe('from the shared pool');
  });

  it('takes one slab with many pieces as one', () => {
    const slab = Buffer.allocUnsafeSlow(1000);
    const { memory } = ownMemory([slab.subarray(0, 500), slab.subarray(500)]);
    expect(memory).toEqual([slab.buffer]);
  });
});
