import { createCipheriv, hash } from 'node:crypto';
import { array, assert, asyncProperty, boolean, constantFrom, integer, oneof, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CHUNKER_SETTINGS } from '../chunking/chunker-settings.js';
import { FastCdc } from '../chunking/fastcdc.js';
import type { ContentRef } from '../manifests/content-ref.js';
import { CHUNK_ID_BYTES } from '../packs/pack-format.js';
import { Arena, ArenaPool } from './arena.js';
import { ArenaSink } from './content-sink.js';

const SMALL = { ...DEFAULT_CHUNKER_SETTINGS, minBytes: 256, avgBytes: 1024, maxBytes: 4096 };
const cdc = new FastCdc(SMALL);
const { maxBytes } = SMALL;

/** The same bytes in each run, without any pattern. */
const NOISE = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)).update(Buffer.alloc(200_000));
const ZEROS = Buffer.alloc(200_000);

/** A sink with arenas of a size, and the chunks that it has given on, by their names. */
function makeSink(capacity: number) {
  const chunks = new Map<string, Buffer>();
  let posted = 0;
  const post = (arena: Arena): void => {
    posted += 1;
    const names = Buffer.from(arena.allNames());
    expect(names).toHaveLength(arena.chunks.length * CHUNK_ID_BYTES);
    for (const index of arena.chunks.keys()) {
      const { name, plain } = arena.chunk(index);
      expect(names.subarray(index * CHUNK_ID_BYTES, (index + 1) * CHUNK_ID_BYTES)).toEqual(name);
      expect(hash('sha256', plain, 'buffer')).toEqual(name);
      chunks.set(name.toString('hex'), Buffer.from(plain));
    }
    // Whoever looked at its memory later would see this.
    arena.bytes.fill(0xee);
  };
  const arenas = { take: async () => new Arena(capacity), giveBack: () => undefined };
  const sink = new ArenaSink(cdc, arenas, post);
  return { sink, chunks, posted: () => posted };
}

async function write(sink: ArenaSink, content: Buffer, lengths: readonly number[]): Promise<void> {
  for (let at = 0, turn = 0; at < content.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    await sink.write(content.subarray(at, at + length));
    at += length;
  }
}

/** As `findCut` cuts what lies in memory as a whole. */
function cutsOf(content: Buffer): number[] {
  const lengths: number[] = [];
  for (let start = 0, end; start < content.length; start = end) {
    end = cdc.findCut(content, start, content.length);
    lengths.push(end - start);
  }
  return lengths;
}

/** What is wrong with the description of a content, and with the chunks that it names. */
function wrongWith(content: Buffer, ref: ContentRef, chunks: ReadonlyMap<string, Buffer>): string[] {
  const wrong: string[] = [];
  if (ref.bytes !== content.length) wrong.push(`${ref.bytes} bytes of ${content.length}`);
  if (ref.sha256 !== hash('sha256', content)) wrong.push('another SHA-256');
  const cuts = ref.chunks.map(({ bytes }) => bytes);
  if (cuts.join() !== cutsOf(content).join()) wrong.push(`cut to ${cuts.join()}`);
  if (!Buffer.concat(ref.chunks.map(({ id }) => chunks.get(id)!)).equals(content)) wrong.push('other bytes');
  return wrong;
}

describe('a sink', () => {
  it('cuts and names contents by their bytes, however they come and however large its memory is', async () => {
    const boundary = constantFrom(
      ...[1, 2, 3].flatMap((nth) => [nth * maxBytes - 1, nth * maxBytes, nth * maxBytes + 1]),
    );
    const bytes = oneof(
      constantFrom(0, 1, SMALL.minBytes, SMALL.avgBytes),
      boundary,
      integer({ min: 0, max: 100_000 }),
    );
    const lengths = array(oneof(integer({ min: 1, max: 300 }), boundary, integer({ min: 1, max: 70_000 })), {
      minLength: 1,
      maxLength: 6,
    });
    const one = record({
      plain: constantFrom(NOISE, ZEROS),
      bytes,
      lengths,
      isDropped: boolean(),
      isFlushed: boolean(),
    });
    const capacity = oneof(constantFrom(maxBytes, 2 * maxBytes), integer({ min: maxBytes, max: 5 * maxBytes }));
    await assert(
      asyncProperty(capacity, array(one, { minLength: 1, maxLength: 8 }), async (capacity, contents) => {
        const { sink, chunks } = makeSink(capacity);
        const described: { content: Buffer; ref: ContentRef }[] = [];
        for (const { plain, bytes, lengths, isDropped, isFlushed } of contents) {
          const content = plain.subarray(0, bytes);
          await write(sink, content, lengths);
          if (isDropped) sink.drop();
          else described.push({ content, ref: sink.end() });
          if (isFlushed) sink.flush();
        }
        sink.flush();
        for (const { content, ref } of described) expect(wrongWith(content, ref, chunks)).toEqual([]);
        expect(sink.takeWritten()).toBe(contents.reduce((sum, { bytes }) => sum + bytes, 0));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['nothing', 0],
    ['a largest chunk', maxBytes],
    ['a largest chunk and a byte', maxBytes + 1],
    ['its memory', 2 * maxBytes],
    ['its memory and a byte', 2 * maxBytes + 1],
    ['many times its memory', 10 * maxBytes],
  ])('describes a content of %s, also right behind another one', async (_, bytes) => {
    const { sink, chunks } = makeSink(2 * maxBytes);
    const refs: ContentRef[] = [];
    for (let time = 0; time < 2; time += 1) {
      await sink.write(ZEROS.subarray(0, bytes));
      refs.push(sink.end());
    }
    sink.flush();
    for (const ref of refs) expect(wrongWith(ZEROS.subarray(0, bytes), ref, chunks)).toEqual([]);
  });

  it('describes a content that turns out to have ended where its memory did, and its last chunk', async () => {
    for (const capacity of [maxBytes, 2 * maxBytes]) {
      const { sink, chunks, posted } = makeSink(capacity);
      await sink.write(ZEROS.subarray(0, capacity));
      expect(posted()).toBe(0);
      expect((await sink.room()).length).toBe(capacity);
      expect(posted()).toBe(1);
      expect(wrongWith(ZEROS.subarray(0, capacity), sink.end(), chunks)).toEqual([]);
    }
  });

  it('goes on with another content when one is dropped, wherever that was', async () => {
    for (const read of [0, 1, maxBytes, 3 * maxBytes - 1, 3 * maxBytes, 20_000, 50_000]) {
      const { sink, chunks } = makeSink(3 * maxBytes);
      await sink.write(NOISE.subarray(0, 500));
      const before = sink.end();
      await sink.write(NOISE.subarray(1000, 1000 + read));
      sink.drop();
      await sink.write(NOISE.subarray(7, 30_000));
      const after = sink.end();
      sink.flush();
      expect(wrongWith(NOISE.subarray(0, 500), before, chunks)).toEqual([]);
      expect(wrongWith(NOISE.subarray(7, 30_000), after, chunks)).toEqual([]);
    }
  });

  it('gives on nothing that is not cut: who flushes in the middle of a content is told', async () => {
    const { sink, chunks, posted } = makeSink(3 * maxBytes);
    sink.flush();
    await sink.write(NOISE.subarray(0, 10_000));
    expect(() => sink.flush()).toThrow('under way');
    expect(posted()).toBe(0);
    const ref = sink.end();
    sink.flush();
    sink.flush();
    expect(posted()).toBe(1);
    expect(wrongWith(NOISE.subarray(0, 10_000), ref, chunks)).toEqual([]);
  });

  it('says what has come since it was last asked, of dropped contents as well', async () => {
    const { sink } = makeSink(3 * maxBytes);
    expect(sink.takeWritten()).toBe(0);
    await sink.write(NOISE.subarray(0, 20_000));
    sink.drop();
    await sink.write(NOISE.subarray(0, 7));
    expect(sink.takeWritten()).toBe(20_007);
    expect(sink.takeWritten()).toBe(0);
  });
});

describe('the arenas of a lane', () => {
  /** A pool with so many sources, and what of it has been taken, in order. */
  function makePool(sources: number) {
    const pool = new ArenaPool(maxBytes);
    for (let source = 0; source < sources; source += 1) pool.sourceCame();
    const served: string[] = [];
    const take = (name: string) =>
      pool.take().then(
        (arena) => (served.push(name), arena),
        (error: { code: string }) => void served.push(`${name}: ${error.code}`),
      );
    return { pool, served, take };
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('are one more than there are sources, and whoever waits gets the next, in the order of asking', async () => {
    const { pool, served, take } = makePool(1);
    const [first, second] = [await pool.take(), await pool.take()];
    for (const name of ['a', 'b', 'c']) void take(name);
    await settle();
    expect(served).toEqual([]);
    pool.giveBack(second);
    pool.giveBack(first);
    await settle();
    expect(served).toEqual(['a', 'b']);
    pool.giveBack(first);
    await settle();
    expect(served).toEqual(['a', 'b', 'c']);
  });

  it('are empty when they are taken again', async () => {
    const { pool } = makePool(0);
    const arena = await pool.take();
    arena.end = 100;
    arena.addChunk(0, 100);
    pool.giveBack(arena);
    const again = await pool.take();
    expect(again).toBe(arena);
    expect([again.end, again.chunks, again.allNames()]).toEqual([0, [], new Uint8Array(0)]);
  });

  it('are waited for by nobody once they have ended', async () => {
    const { pool, served, take } = makePool(0);
    const arena = await pool.take();
    for (const name of ['a', 'b']) void take(name);
    pool.end();
    pool.giveBack(arena);
    void take('c');
    await settle();
    expect(served.toSorted()).toEqual(['a: pipeline-closed', 'b: pipeline-closed', 'c: pipeline-closed']);
  });
});
