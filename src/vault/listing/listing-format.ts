import { compress, decompressInto } from '../packs/zstd.js';

/*
 * The plain bytes of a listing: blocks, each a zstd frame of lines; then the table of blocks, a zstd frame; then the trailer.
 *
 *     trailer  24 bytes   "SNAPLIST", version u32 = 1, bytes of the table u32, its plain bytes u32, 4 bytes of zeros
 *
 * The table is JSON: of each block its first key, bytes, plain bytes and lines.
 */
const MAGIC = Buffer.from('SNAPLIST', 'ascii');
const VERSION = 1;
export const TRAILER_BYTES = 24;
const ZSTD_LEVEL = 3;

/** A block of a listing. */
export interface ListingBlock {
  /** Of its first line. */
  key: string;
  offset: number;
  bytes: number;
  plainBytes: number;
  lines: number;
}

export function encodeBlock(lines: Buffer): Buffer {
  return compress(lines, ZSTD_LEVEL);
}

/** Throws an `Error` for what is no such block. */
export function decodeBlock(block: Buffer, plainBytes: number): Buffer {
  const plain = Buffer.allocUnsafeSlow(plainBytes);
  if (!decompressInto(plain, block)) throw new Error('a block of it cannot be decompressed');
  return plain;
}

/** The end of a listing: table and trailer. */
export function encodeEnd(blocks: readonly Omit<ListingBlock, 'offset'>[]): Buffer {
  const table = Buffer.from(
    JSON.stringify(blocks.map(({ key, bytes, plainBytes, lines }) => [key, bytes, plainBytes, lines])),
  );
  const packed = compress(table, ZSTD_LEVEL);
  const trailer = Buffer.alloc(TRAILER_BYTES);
  MAGIC.copy(trailer);
  trailer.writeUInt32BE(VERSION, MAGIC.length);
  trailer.writeUInt32BE(packed.length, MAGIC.length + 4);
  trailer.writeUInt32BE(table.length, MAGIC.length + 8);
  return Buffer.concat([packed, trailer]);
}

/** How many bytes before the trailer the table has, and what it has when decompressed. Throws an `Error` for what is no trailer. */
export function decodeTrailer(trailer: Buffer): { bytes: number; plainBytes: number } {
  if (!trailer.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('it does not end as a listing does');
  const version = trailer.readUInt32BE(MAGIC.length);
  if (version !== VERSION)
    throw new Error(`it has format ${version}, this version of Snapback reads format ${VERSION}`);
  return { bytes: trailer.readUInt32BE(MAGIC.length + 4), plainBytes: trailer.readUInt32BE(MAGIC.length + 8) };
}

/** Throws an `Error` for what is no table. */
export function decodeTable(table: Buffer, plainBytes: number): ListingBlock[] {
  const rows = JSON.parse(decodeBlock(table, plainBytes).toString('utf8')) as [string, number, number, number][];
  let offset = 0;
  return rows.map(([key, bytes, plain, lines]) => {
    const block = { key, offset, bytes, plainBytes: plain, lines };
    offset += bytes;
    return block;
  });
}
