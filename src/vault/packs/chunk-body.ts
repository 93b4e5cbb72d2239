import { looksCompressible } from './looks-compressible.js';
import type { ChunkEncoding } from './pack-format.js';
import { compress } from './zstd.js';

/** What is encrypted for a chunk. */
export interface ChunkBody {
  encoding: ChunkEncoding;
  bytes: Buffer;
}

/** Chosen by measurement: see the table in docs/vault-format.md. */
export const ZSTD_LEVEL = 2;

/** Compressed bytes are kept when they save at least one part in so many: less is not worth decompressing. */
const LEAST_SAVING = 64;

/** Compresses a chunk, unless a cheap look says that it is in vain. A raw body is the chunk's own memory. */
export function encodeBody(plain: Buffer, level: number = ZSTD_LEVEL): ChunkBody {
  if (!looksCompressible(plain)) return { encoding: 'raw', bytes: plain };
  const bytes = compress(plain, level);
  const worthIt = bytes.length <= plain.length - plain.length / LEAST_SAVING;
  return worthIt ? { encoding: 'zstd', bytes } : { encoding: 'raw', bytes: plain };
}
