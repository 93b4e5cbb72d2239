import { createHash } from 'node:crypto';
import { array, assert, asyncProperty, integer, oneof } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkStream, type CutChunk } from './chunk-stream.js';
import { DEFAULT_CHUNKER_SETTINGS, parseChunkerSettings } from './chunker-settings.js';
import { FastCdc } from './fastcdc.js';
import { makeGearTable } from './gear-table.js';

const SMALL = { ...DEFAULT_CHUNKER_SETTINGS, minBytes: 256, avgBytes: 1024, maxBytes: 4096 };
const cdc = new FastCdc(SMALL);

/** Computed by another program, from the comments alone. */
const GEAR = [542679934, -2006909396, 1306830658];
const CUTS = [1170, 1070, 1419, 1100, 1353, 1079];

/** The same bytes in each run, without any pattern: SHA-256 of a counter. */
function noise(bytes: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, block) =>
    createHash('sha256').update(`${seed} ${block}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

async function* slicesOf(data: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < data.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield data.subarray(at, at + length);
    at += length;
  }
}

const chunksOf = (data: Buffer, lengths: readonly number[]): Promise<Buffer[]> =>
  gather(chunkStream(slicesOf(data, lengths), cdc));
/** Their bytes; that nothing but the end is called the last is seen on the way. */
async function gather(source: AsyncIterable<CutChunk>): Promise<Buffer[]> {
  const chunks: CutChunk[] = [];
  for await (const chunk of source) chunks.push(chunk);
  for (const [index, { isLast }] of chunks.entries()) expect(isLast).toBe(index === chunks.length - 1);
  return chunks.map(({ bytes }) => bytes);
}
const idsOf = (chunks: readonly Buffer[]): Set<string> => new Set(chunks.map((chunk) => chunk.toString('base64')));

describe('chunking', () => {
  const data = noise(200_000, 'data');

  it('gives the bytes back, in chunks within the bounds, around the average', async () => {
    const chunks = await chunksOf(data, [data.length]);
    expect(Buffer.concat(chunks).equals(data)).toBe(true);
    for (const chunk of chunks.slice(0, -1)) {
      expect(chunk.length).toBeGreaterThan(SMALL.minBytes);
      expect(chunk.length).toBeLessThanOrEqual(SMALL.maxBytes);
    }
    const mean = data.length / chunks.length;
    expect(mean).toBeGreaterThan(0.7 * SMALL.avgBytes);
    expect(mean).toBeLessThan(1.6 * SMALL.avgBytes);
  });

  it('cuts at the same places however the stream arrives', async () => {
    const expected = (await chunksOf(data, [data.length])).map((chunk) => chunk.length);
    const lengths = array(oneof(integer({ min: 1, max: 300 }), integer({ min: 1, max: 70_000 })), {
      minLength: 1,
      maxLength: 8,
    });
    await assert(
      asyncProperty(lengths, async (lengths) => {
        expect((await chunksOf(data, lengths)).map((chunk) => chunk.length)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('knows the last chunk of a stream that ends where a chunk may, in one buffer, in several, and after empty ones', async () => {
    const empty = Buffer.alloc(0);
    async function* inOrder(...buffers: Buffer[]): AsyncGenerator<Buffer> {
      yield* buffers;
    }
    for (const bytes of [4095, 4096, 4097, 8191, 8192, 8193, 12_288]) {
      const zeros = Buffer.alloc(bytes);
      const expected = [...Array<number>(Math.floor((bytes - 1) / 4096)).fill(4096), ((bytes - 1) % 4096) + 1];
      for (const source of [
        inOrder(zeros),
        inOrder(zeros, empty),
        inOrder(empty, zeros, empty, empty),
        slicesOf(zeros, [4096]),
        slicesOf(zeros, [1000]),
      ]) {
        const lengths = (await gather(chunkStream(source, cdc))).map((chunk) => chunk.length);
        expect(lengths).toEqual(expected);
      }
    }
    expect(await gather(chunkStream(inOrder(empty, empty), cdc))).toEqual([]);
  });

  it('changes only the chunks around an insertion', async () => {
    const before = idsOf(await chunksOf(data, [65_536]));
    for (const at of [0, 1, 33_333, 150_000, data.length]) {
      const changed = Buffer.concat([data.subarray(0, at), Buffer.from('inserted'), data.subarray(at)]);
      const fresh = [...idsOf(await chunksOf(changed, [65_536]))].filter((id) => !before.has(id));
      expect(fresh.length).toBeLessThanOrEqual(6);
    }
  });

  it('cuts data without any variety at the maximum, and an empty stream not at all', async () => {
    const lengths = (await chunksOf(Buffer.alloc(10_000), [777])).map((chunk) => chunk.length);
    expect(lengths).toEqual([4096, 4096, 1808]);
    expect(await chunksOf(Buffer.alloc(0), [1])).toEqual([]);
  });

  it('hands out chunks that own their memory', async () => {
    for (const chunk of await chunksOf(data, [5000])) expect(chunk.buffer.byteLength).toBe(chunk.length);
  });

  it('hands a stream of one buffer on as it is when that is one chunk and owns its memory', async () => {
    const whole = Buffer.allocUnsafeSlow(1500);
    data.copy(whole);
    const uncut = new FastCdc({ ...SMALL, minBytes: 2048, avgBytes: 4096, maxBytes: 8192 });
    async function* one(buffer: Buffer): AsyncGenerator<Buffer> {
      yield buffer;
    }
    expect((await gather(chunkStream(one(whole), uncut)))[0]!.buffer).toBe(whole.buffer);
    const [copied] = await gather(chunkStream(one(data.subarray(0, 1500)), uncut));
    expect(copied!.equals(whole)).toBe(true);
    expect(copied!.buffer.byteLength).toBe(1500);
  });

  it('never changes how it cuts: stored vaults depend on it', async () => {
    expect([...makeGearTable('00').subarray(0, 3)]).toEqual(GEAR);
    expect((await chunksOf(data, [9999])).slice(0, 6).map((chunk) => chunk.length)).toEqual(CUTS);
  });

  it('cuts elsewhere under another seed', async () => {
    const other = new FastCdc({ ...SMALL, seed: '01' });
    expect(other.findCut(data, 0, data.length)).not.toBe(cdc.findCut(data, 0, data.length));
  });

  it('refuses settings it could not honour, naming the field', () => {
    const asStored = JSON.parse(JSON.stringify(DEFAULT_CHUNKER_SETTINGS)) as object;
    expect(parseChunkerSettings(asStored)).toEqual(DEFAULT_CHUNKER_SETTINGS);
    expect(() => parseChunkerSettings(null)).toThrow(/object/);
    expect(() => parseChunkerSettings({ ...asStored, algorithm: 'rabin' })).toThrow(/algorithm/);
    expect(() => parseChunkerSettings({ ...asStored, avgBytes: 1_000_000 })).toThrow(/avgBytes/);
    expect(() => parseChunkerSettings({ ...asStored, minBytes: '1' })).toThrow(/minBytes/);
    expect(() => parseChunkerSettings({ ...asStored, maxBytes: 1024 })).toThrow(/bounds/);
    expect(() => parseChunkerSettings({ ...asStored, seed: 'x' })).toThrow(/seed/);
  });
});
