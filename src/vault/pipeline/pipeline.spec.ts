import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DataKey } from '../keys/data-key.js';
import { divideBudget } from './divide-budget.js';
import { Lane } from './lane.js';
import type { FromWorker } from './messages.js';
import { ownMemory } from '../threads/own-memory.js';

const MIB = 1024 * 1024;

describe('the budget', () => {
  it.each([
    [256 * MIB, 2],
    [256 * MIB, 64],
    [128 * MIB, 1],
    [2048 * MIB, 8],
  ])('of %i bytes for %i threads is never exceeded by its parts', (budget, workers) => {
    const plan = divideBudget(budget, workers, 4 * MIB);
    const all = plan.packs * plan.packBytes + plan.plainBytes + plan.workers * 8 * MIB;
    expect(all).toBeLessThanOrEqual(budget);
    expect(plan.packBytes).toBeGreaterThanOrEqual(16 * MIB);
    expect(plan.packs).toBeGreaterThan(plan.workers);
    expect(plan.workers).toBeLessThanOrEqual(workers);
  });

  it('takes two threads and packs of 20 MiB by default on two cores, and refuses what is too small', () => {
    expect(divideBudget(256 * MIB, 2, 4 * MIB)).toMatchObject({ workers: 2, packs: 4, packBytes: 20 * MIB });
    expect(() => divideBudget(32 * MIB, 2, 4 * MIB)).toThrow(RangeError);
  });
});

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

describe('a lane', () => {
  const pieces = (): Uint8Array[] => [Buffer.alloc(300, 'a'), randomBytes(400), randomBytes(400)];

  function makeLane() {
    const sent: FromWorker[] = [];
    const lane = new Lane(DataKey.generate(), 1, (message) => void sent.push(message));
    const kinds = (): string[] => sent.splice(0).map(({ kind }) => kind);
    return { lane, sent, kinds };
  }

  it('asks once for memory, hashes while it waits, and goes on when it gets it', () => {
    const { lane, sent, kinds } = makeLane();
    const batch = pieces();
    lane.handle({ kind: 'hash', batch: 1, pieces: batch });
    expect(sent[0]).toMatchObject({ batch: 1 });
    expect(Buffer.from((sent[0] as { ids: Uint8Array }).ids.subarray(0, 32))).toEqual(
      hash('sha256', batch[0] as Uint8Array, 'buffer'),
    );
    lane.handle({ kind: 'encode', batch: 1, which: [0, 1, 2] });
    lane.handle({ kind: 'hash', batch: 2, pieces: pieces() });
    lane.handle({ kind: 'encode', batch: 2, which: [] });
    lane.handle({ kind: 'seal', request: 3 });
    expect(kinds()).toEqual(['hashed', 'needs-memory', 'hashed']);
    lane.handle({ kind: 'memory', memory: new ArrayBuffer(4096) });
    expect(kinds()).toEqual(['encoded', 'encoded', 'packed', 'sealed']);
  });

  it('spreads a batch over packs when one is full, and seals no empty pack', () => {
    const { lane, kinds } = makeLane();
    lane.handle({ kind: 'seal', request: 1 });
    expect(kinds()).toEqual(['sealed']);
    lane.handle({ kind: 'hash', batch: 2, pieces: pieces() });
    lane.handle({ kind: 'encode', batch: 2, which: [1, 2] });
    lane.handle({ kind: 'memory', memory: new ArrayBuffer(800) });
    expect(kinds()).toEqual(['hashed', 'needs-memory', 'packed', 'needs-memory']);
    lane.handle({ kind: 'memory', memory: new ArrayBuffer(800) });
    expect(kinds()).toEqual(['encoded']);
  });
});
