import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DataKey } from '../keys/data-key.js';
import { divideBudget } from './divide-budget.js';
import { PackingLane } from './packing-lane.js';
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
    const lane = new PackingLane(DataKey.generate(), 1);
    const answered: string[] = [];
    /** Names what has been answered since the last call, in the order in which that went out. */
    const news = async (): Promise<string[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return answered.splice(0);
    };
    const told = (name: string, answer: Promise<unknown>): void => void answer.then(() => answered.push(name));
    return {
      hash: (batch: number, views: Uint8Array[]) => lane.hash(batch, views),
      encode: (batch: number, which: number[]) => told(`encoded ${batch}`, lane.encode(batch, which)),
      seal: () => told('sealed', lane.seal()),
      fill: (bytes: number) => told(`packed ${bytes}`, lane.fill(new ArrayBuffer(bytes))),
      news,
    };
  }

  it('hashes while it waits for memory, and goes on in order when it gets it', async () => {
    const lane = makeLane();
    const batch = pieces();
    const ids = lane.hash(1, batch);
    expect(Buffer.from(ids.subarray(0, 32))).toEqual(hash('sha256', batch[0] as Uint8Array, 'buffer'));
    lane.encode(1, [0, 1, 2]);
    expect(lane.hash(2, pieces())).toHaveLength(3 * 32);
    lane.encode(2, []);
    lane.seal();
    expect(await lane.news()).toEqual([]);
    lane.fill(4096);
    expect(await lane.news()).toEqual(['encoded 1', 'encoded 2', 'packed 4096', 'sealed']);
  });

  it('spreads a batch over packs when one is full, and seals no empty pack', async () => {
    const lane = makeLane();
    lane.fill(800);
    lane.seal();
    expect(await lane.news()).toEqual(['sealed']);
    lane.hash(2, pieces());
    lane.encode(2, [1, 2]);
    expect(await lane.news()).toEqual(['packed 800']);
    lane.fill(801);
    expect(await lane.news()).toEqual(['encoded 2']);
  });

  it('puts nothing into a pack after something that it could not', async () => {
    const lane = new PackingLane(DataKey.generate(), 1);
    const unknown = lane.encode(1, [0]);
    const sealed = lane.seal();
    await expect(unknown).rejects.toThrow('not held');
    await expect(sealed).rejects.toThrow('not held');
  });
});
