import { hash, randomBytes } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataKey } from '../keys/data-key.js';
import { encodeBody } from './chunk-body.js';
import { compress, compressByNode, decompressByNode, decompressInto } from './zstd.js';
import { openFrame } from './frame.js';
import { looksCompressible } from './looks-compressible.js';
import { PackBuilder, type BuiltPack } from './pack-builder.js';
import { PackError } from './pack-error.js';
import { readPackIndex, verifyChecksum, verifyPack, type StoredPack } from './pack-reader.js';

const dataKey = DataKey.generate();
const CHUNKS = [Buffer.from('a short one'), Buffer.alloc(300, 'text '), randomBytes(100), Buffer.alloc(0)];

function buildPack(chunks: readonly Buffer[], key = dataKey): BuiltPack {
  const builder = new PackBuilder(key, Buffer.alloc(64 * 1024));
  for (const plain of chunks) builder.append(hash('sha256', plain, 'buffer'), plain.length, encodeBody(plain));
  const expected = builder.bytes;
  const pack = builder.finish();
  expect(pack.bytes.length).toBe(expected);
  return pack;
}

function inMemory(bytes: Buffer): StoredPack {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** What a reader without the pack's name gets: index, then every frame. */
async function readAll(bytes: Buffer, key = dataKey): Promise<Buffer[]> {
  const { keys, entries } = await readPackIndex(inMemory(bytes), key);
  return entries.map((entry) => openFrame(keys, entry, bytes.subarray(entry.offset, entry.offset + entry.storedBytes)));
}

async function errorOf(work: Promise<unknown>): Promise<PackError> {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(PackError);
  return error as PackError;
}

describe('a pack', () => {
  const pack = buildPack(CHUNKS);

  it('gives every chunk back, under its own name', async () => {
    expect(pack.id).toBe(hash('sha256', pack.bytes));
    expect(await readAll(pack.bytes)).toEqual(CHUNKS);
    const entries = await verifyPack(inMemory(pack.bytes), pack.id, dataKey);
    expect(entries.map(({ encoding }) => encoding)).toEqual(['raw', 'zstd', 'raw', 'raw']);
  });

  it('is never twice the same, so that no key is used for two packs', () => {
    expect(buildPack(CHUNKS).id).not.toBe(pack.id);
  });

  it('finds its index also when that is longer than the first read', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => Buffer.from(`chunk ${index}`));
    const builder = new PackBuilder(dataKey, Buffer.alloc(1024 * 1024));
    for (const plain of many) builder.append(hash('sha256', plain, 'buffer'), plain.length, encodeBody(plain));
    expect(await readAll(builder.finish().bytes)).toEqual(many);
  });

  it('says when it is full, and holds what it said it would', () => {
    const builder = new PackBuilder(dataKey, Buffer.alloc(1000));
    const body = { encoding: 'raw', bytes: Buffer.alloc(100) } as const;
    while (builder.hasRoomFor(100)) builder.append(hash('sha256', body.bytes, 'buffer'), 100, body);
    expect(() => builder.append(Buffer.alloc(32), 100, body)).toThrow(RangeError);
    expect(builder.chunks).toBe(5);
    expect(builder.finish().bytes.length).toBeLessThanOrEqual(1000);
  });
});

describe('a damaged pack', () => {
  const pack = buildPack(CHUNKS);
  const copy = (): Buffer => Buffer.from(pack.bytes);

  it('is noticed for every single bit, and no reader ever gets other bytes', async () => {
    for (let bit = 0; bit < pack.bytes.length * 8; bit++) {
      const bytes = copy();
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      await errorOf(verifyPack(inMemory(bytes), pack.id, dataKey));
      expect((await errorOf(verifyChecksum(inMemory(bytes), pack.id))).code).toBe('pack-damaged');
      // Only the checksum in the footer may be wrong without a reader's noticing: it has no part in reading.
      const inChecksum = bit >> 3 >= bytes.length - 40 && bit >> 3 < bytes.length - 8;
      const read = await readAll(bytes).catch((error: unknown) => (error instanceof PackError ? 'refused' : error));
      expect(read).toEqual(inChecksum ? CHUNKS : 'refused');
    }
  });

  it('is noticed when it is cut off anywhere, also while it is read', async () => {
    for (let length = 0; length < pack.bytes.length; length++) {
      await errorOf(readAll(pack.bytes.subarray(0, length)));
      const shorter = { ...inMemory(pack.bytes.subarray(0, length)), size: pack.bytes.length };
      expect((await errorOf(readPackIndex(shorter, dataKey))).code).toBe('pack-damaged');
    }
  });

  it('is noticed when bytes were added', async () => {
    const longer = Buffer.concat([pack.bytes, Buffer.alloc(1)]);
    expect((await errorOf(readAll(longer))).code).toBe('pack-damaged');
  });

  it('is noticed when frames of one length change places', async () => {
    const twins = buildPack([randomBytes(100), randomBytes(100)]);
    const bytes = Buffer.from(twins.bytes);
    const [first, second] = twins.entries.map((entry) => entry.offset) as [number, number];
    twins.bytes.copy(bytes, first, second, second + 116);
    twins.bytes.copy(bytes, second, first, first + 116);
    expect((await errorOf(readAll(bytes))).part).toBe('frame');
  });

  it('is noticed when a frame, the header or the index comes from another pack', async () => {
    const other = buildPack(CHUNKS);
    const { offset, storedBytes } = pack.entries[1] as { offset: number; storedBytes: number };
    const indexAt = pack.bytes.length - 48 - (16 + 45 * CHUNKS.length);
    for (const [from, to] of [
      [offset, offset + storedBytes],
      [0, 52],
      [indexAt, pack.bytes.length - 48],
    ] as const) {
      const bytes = copy();
      other.bytes.copy(bytes, from, from, to);
      await errorOf(readAll(bytes));
    }
    expect((await errorOf(verifyPack(inMemory(other.bytes), pack.id, dataKey))).code).toBe('pack-damaged');
  });

  it('refuses an entry that was altered, as a catalogue row may be', async () => {
    const { keys, entries } = await readPackIndex(inMemory(pack.bytes), dataKey);
    const entry = entries[1] as (typeof entries)[number];
    const frame = pack.bytes.subarray(entry.offset, entry.offset + entry.storedBytes);
    expect(openFrame(keys, entry, frame)).toEqual(CHUNKS[1]);
    for (const altered of [
      { id: randomBytes(32) },
      { plainBytes: 301 },
      { encoding: 'raw' as const },
      { offset: 53 },
    ]) {
      expect(() => openFrame(keys, { ...entry, ...altered }, frame)).toThrow(PackError);
    }
    expect(() => openFrame(keys, entry, frame.subarray(1))).toThrow(/cut off/);
  });
});

describe('a pack that is not for this reader', () => {
  it('names both keys when the data key is another', async () => {
    const other = DataKey.generate();
    const error = await errorOf(readAll(buildPack(CHUNKS, other).bytes));
    expect(error.code).toBe('wrong-key');
    expect(error.message).toContain(other.id);
    expect(error.message).toContain(dataKey.id);
  });

  it('is refused with its format when it is newer, and when it is no pack', async () => {
    const newer = Buffer.from(buildPack(CHUNKS).bytes);
    newer.writeUInt32BE(2, 8);
    expect(await errorOf(readAll(newer))).toMatchObject({
      code: 'unknown-format',
      message: expect.stringContaining('format 2'),
    });
    expect((await errorOf(readAll(randomBytes(500)))).code).toBe('unknown-format');
    expect((await errorOf(readAll(Buffer.alloc(0)))).code).toBe('pack-damaged');
  });
});

describe('the cheap look before compression', () => {
  it('tries text, also in base64, and leaves random bytes', () => {
    expect(looksCompressible(Buffer.from('select '.repeat(1000)))).toBe(true);
    expect(looksCompressible(Buffer.from(randomBytes(30_000).toString('base64')))).toBe(true);
    expect(looksCompressible(randomBytes(2500))).toBe(false);
    expect(looksCompressible(randomBytes(1_000_000))).toBe(false);
  });

  it('finds repetition behind a random histogram in large pieces', () => {
    const block = randomBytes(8 * 1024);
    expect(looksCompressible(Buffer.concat(Array.from({ length: 64 }, () => block)))).toBe(true);
  });

  it('keeps raw what compression does not shorten', () => {
    expect(encodeBody(randomBytes(1000)).encoding).toBe('raw');
  });
});

describe('compression', () => {
  it.each([compress, compressByNode])('by %o makes frames that Node reads, each in memory of its own', (write) => {
    const plains = ['s', 'select 1', 'text '.repeat(60_000)]
      .map((text) => Buffer.from(text))
      .concat(randomBytes(200_000));
    const frames = plains.map((plain) => write(plain, 2));
    for (const [index, frame] of frames.entries()) expect(zstdDecompressSync(frame).equals(plains[index]!)).toBe(true);
  });

  it('is as good in both ways', () => {
    const plain = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `${n * n}`).join('\t'));
    expect(compress(plain, 2).length).toBe(compressByNode(plain, 2).length);
  });
});

describe('decompression', () => {
  it.each([decompressInto, decompressByNode])('by %o reads whole frames, and no other number of bytes', (read) => {
    for (const plain of [Buffer.from('s'), Buffer.from('select 1'), Buffer.alloc(300_000, 'text ')]) {
      const frame = zstdCompressSync(plain);
      const target = Buffer.alloc(plain.length);
      expect(read(target, frame)).toBe(true);
      expect(target.equals(plain)).toBe(true);
      expect(read(Buffer.alloc(plain.length + 1), frame)).toBe(false);
      expect(read(target.subarray(1), frame)).toBe(false);
      expect(read(target, frame.subarray(0, -1))).toBe(false);
      expect(read(target, frame.subarray(1))).toBe(false);
    }
  });
});
