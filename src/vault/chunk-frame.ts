import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { ChunkRef } from './manifest.js';

// The asynchronous forms run on the thread pool: the event loop stays free for others.
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The first byte of a stored chunk says how the rest is written. */
const RAW = Buffer.of(0);
const ZSTD = Buffer.of(1);
const MARKER_BYTES = 1;

/** What is written for a chunk, in parts: a marker, then the bytes, compressed when that makes them fewer. */
export async function encodeFrame(plain: Buffer): Promise<Buffer[]> {
  // Knowing the size, the compressor takes no more memory than so many bytes need.
  const compressed = await compress(plain, { pledgedSrcSize: plain.length });
  return compressed.length < plain.length ? [ZSTD, compressed] : [RAW, plain];
}

/**
 * Whether a stored file of this size can hold a chunk of `plainBytes`: it is never empty, and never
 * larger than the bytes stored raw. Cheap enough to ask about every chunk that is used again.
 */
export function isPlausibleFrameSize(frameBytes: number, plainBytes: number): boolean {
  return frameBytes > MARKER_BYTES && frameBytes <= plainBytes + MARKER_BYTES;
}

/** The plain bytes of a stored chunk; undefined when they are not the ones the chunk is named after. */
export async function decodeFrame(frame: Buffer, chunk: ChunkRef): Promise<Buffer | undefined> {
  const body = frame.subarray(MARKER_BYTES);
  const plain = frame[0] === RAW[0] ? body : frame[0] === ZSTD[0] ? await unpack(body, chunk.bytes) : undefined;
  if (plain === undefined || plain.length !== chunk.bytes || hash('sha256', plain) !== chunk.id) return undefined;
  return plain;
}

async function unpack(body: Buffer, plainBytes: number): Promise<Buffer | undefined> {
  try {
    // The limit keeps a damaged frame that claims to be huge from filling the memory.
    return await decompress(body, { maxOutputLength: plainBytes });
  } catch {
    return undefined;
  }
}
