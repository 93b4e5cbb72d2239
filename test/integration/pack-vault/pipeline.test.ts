import { hash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { DataKey } from '../../../src/vault/keys/data-key.js';
import { openFrame } from '../../../src/vault/packs/frame.js';
import { readPackIndex, verifyPack } from '../../../src/vault/packs/pack-reader.js';
import { ChunkPipeline, type ChunkPipelineOptions } from '../../../src/vault/packing/chunk-pipeline.js';
import { Thread } from '../../../src/vault/threads/thread.js';

const MIB = 1024 * 1024;
const dataKey = DataKey.generate();
const open: ChunkPipeline[] = [];

function makePipeline(options: Partial<ChunkPipelineOptions> = {}): ChunkPipeline {
  const store = async (): Promise<void> => undefined;
  const pipeline = new ChunkPipeline({ dataKey, maxChunkBytes: 4 * MIB, workers: 2, store, ...options });
  open.push(pipeline);
  return pipeline;
}

const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(async () => {
  await Promise.all(open.splice(0).map((pipeline) => pipeline.close()));
});

describe('the pipeline', () => {
  it('brings every new piece back byte for byte, from packs of its threads, and no other', async () => {
    const packs: { id: string; bytes: Buffer }[] = [];
    const pipeline = makePipeline({
      store: async ({ id, bytes }) => void packs.push({ id, bytes: Buffer.from(bytes) }),
    });
    const wanted = new Map<string, Buffer>();
    const batches = Array.from({ length: 60 }, (_, batch) =>
      Array.from({ length: 1 + (batch % 30) }, (_, piece) =>
        piece % 3 === 0 ? Buffer.alloc(1 + piece * 999, `${batch} ${piece} `) : randomBytes(piece * 4001),
      ),
    );
    await Promise.all(
      batches.map(async (pieces) => {
        const expected = pieces.map((piece) => hash('sha256', piece));
        const plain = pieces.map((piece) => Buffer.from(piece));
        const batch = await pipeline.hash(pieces);
        expect(batch.ids.map((id) => id.toString('hex'))).toEqual(expected);
        const which = pieces.flatMap((_, index) => (index % 4 === 1 ? [] : [index]));
        for (const index of which) wanted.set(expected[index] as string, plain[index] as Buffer);
        await batch.encode(which);
      }),
    );
    await pipeline.flush();

    expect(packs.length).toBeGreaterThan(1);
    const found = new Map<string, Buffer>();
    for (const { id, bytes } of packs) {
      const stored = { size: bytes.length, read: async (at: number, n: number) => bytes.subarray(at, at + n) };
      await verifyPack(stored, id, dataKey);
      const { keys, entries } = await readPackIndex(stored, dataKey);
      for (const entry of entries) {
        const frame = bytes.subarray(entry.offset, entry.offset + entry.storedBytes);
        found.set(entry.id.toString('hex'), openFrame(keys, entry, frame));
      }
    }
    expect(found.size).toBe(wanted.size);
    for (const [id, plain] of wanted) expect(found.get(id)?.equals(plain)).toBe(true);
  });

  it('reads no more than the budget while the backend stands still, and goes on when it moves', async () => {
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let stored = 0;
    const pipeline = makePipeline({
      budgetBytes: 128 * MIB,
      store: async ({ bytes }) => {
        await gate;
        stored += bytes.length;
      },
    });
    const { packs, packBytes, plainBytes } = pipeline.plan;
    let read = 0;
    const total = 256 * MIB;
    const reader = (async () => {
      const encodes: Promise<number>[] = [];
      while (read < total) {
        const room = await pipeline.room(MIB);
        read += MIB;
        encodes.push(room.hash([randomBytes(MIB)]).then((batch) => batch.encode([0])));
      }
      await Promise.all(encodes);
      await pipeline.flush();
    })();
    let before = -1;
    while (before !== read) {
      before = read;
      await settle(500);
    }
    expect(read).toBeLessThanOrEqual(packs * packBytes + plainBytes);
    expect(read).toBeLessThan(128 * MIB);
    letGo();
    await reader;
    expect(stored).toBeGreaterThan(total);
  });

  it('refuses what could never fit, and gives its room back', async () => {
    const pipeline = makePipeline();
    await expect(pipeline.room(pipeline.plan.plainBytes + 1)).rejects.toThrow(RangeError);
    await expect(pipeline.hash([Buffer.alloc(5 * MIB)])).rejects.toThrow(/cut it first/);
    const room = await pipeline.room(10);
    await expect(room.hash([Buffer.alloc(11)])).rejects.toThrow(/do not fit/);
    (await pipeline.room(pipeline.plan.plainBytes)).release();
    const all = await pipeline.room(pipeline.plan.plainBytes);
    await (await all.hash([Buffer.from('x')])).release();
    await pipeline.room(pipeline.plan.plainBytes);
  });

  const full = new Error('disk full');
  it.each([
    ['rejects', () => Promise.reject(full)],
    [
      'throws',
      () => {
        throw full;
      },
    ],
  ])('fails with the error of the backend when that %s, at once for those who wait', async (_, store) => {
    const pipeline = makePipeline({ store });
    const batch = await pipeline.hash([randomBytes(1000)]);
    await batch.encode([0]);
    await pipeline.room(pipeline.plan.plainBytes);
    const waiting = pipeline.room(1);
    await expect(pipeline.flush()).rejects.toBe(full);
    await expect(waiting).rejects.toBe(full);
    await expect(pipeline.hash([randomBytes(1)])).rejects.toBe(full);
  });

  it.each([
    ['ends', 'exit'],
    ['throws', 'throw'],
    ['fails', 'fail'],
    ['cannot start', 'start'],
  ])('rejects what a thread had when it %s', async (_, how) => {
    const pipeline = makePipeline({ startLane: () => new Thread('../threads/dying-thread', import.meta.url, { how }) });
    const died = expect.objectContaining({ code: 'worker-died' });
    await expect(pipeline.hash([randomBytes(1000)])).rejects.toThrow(died);
    await expect(pipeline.flush()).rejects.toThrow(died);
    await expect(pipeline.room(1)).rejects.toThrow(died);
  });

  it('rejects what is under way when it is closed', async () => {
    const pipeline = makePipeline();
    const batch = await pipeline.hash([randomBytes(1000)]);
    const encoded = batch.encode([0]);
    await pipeline.close();
    const closed = expect.objectContaining({ code: 'pipeline-closed' });
    await expect(encoded).rejects.toThrow(closed);
    await expect(pipeline.flush()).rejects.toThrow(closed);
    await batch.release();
  });
});
