import { createHash } from 'node:crypto';
import type { DataKey } from '../keys/data-key.js';
import { openFrame } from './frame.js';
import { damaged } from './pack-error.js';
import {
  EMPTY_PACK_BYTES,
  FOOTER_BYTES,
  HEADER_BYTES,
  parsePackFooter,
  parsePackHeader,
  type PackEntry,
} from './pack-format.js';
import { openIndex } from './pack-index.js';
import { derivePackKeys, type PackKeys } from './pack-keys.js';

/** Read first, with the footer: the index of about 1,400 chunks. */
const TAIL_BYTES = 64 * 1024;

/** A stored pack. `read` may return fewer bytes than asked for when the object is shorter than `size`. */
export interface StoredPack {
  /** Of the whole object. */
  readonly size: number;
  read(offset: number, bytes: number): Promise<Buffer>;
}

/** A pack whose index has been read: its keys and what it holds. */
export interface OpenedPack {
  keys: PackKeys;
  entries: PackEntry[];
  indexOffset: number;
}

/**
 * Reads a pack's header and index, in two or three reads whatever its size. Throws
 * `PackError('pack-damaged' | 'wrong-key' | 'unknown-format')`. The frames are not read: a damaged one is found by
 * `openFrame()` or `verifyPack()`.
 */
export async function readPackIndex(pack: StoredPack, dataKey: DataKey): Promise<OpenedPack> {
  if (pack.size < EMPTY_PACK_BYTES) throw damaged('pack', `it has only ${pack.size} bytes`);
  const keys = derivePackKeys(dataKey, parsePackHeader(await readFully(pack, 0, HEADER_BYTES)));
  const tailAt = Math.max(0, pack.size - TAIL_BYTES);
  const tail = await readFully(pack, tailAt, pack.size - tailAt);
  const { indexOffset, indexBytes } = parsePackFooter(tail.subarray(-FOOTER_BYTES), pack.size);
  const sealed =
    indexOffset >= tailAt
      ? tail.subarray(indexOffset - tailAt, indexOffset - tailAt + indexBytes)
      : await readFully(pack, indexOffset, indexBytes);
  return { keys, entries: openIndex(keys, indexOffset, sealed), indexOffset };
}

/**
 * Checks every byte of a pack: checksum, name, index, and that each frame holds the chunk it is named after. Reads
 * it once for the checksum and once for the frames, one frame at a time. Throws `PackError`.
 */
export async function verifyPack(pack: StoredPack, packId: string, dataKey: DataKey): Promise<PackEntry[]> {
  const { keys, entries } = await readPackIndex(pack, dataKey);
  await verifyChecksum(pack, packId);
  for (const entry of entries) openFrame(keys, entry, await readFully(pack, entry.offset, entry.storedBytes));
  return entries;
}

/**
 * Checks what can be checked without any key: that the object is the one its name says, byte for byte. Throws
 * `PackError('pack-damaged')`.
 */
export async function verifyChecksum(pack: StoredPack, packId: string): Promise<void> {
  const sum = createHash('sha256');
  for (let at = 0; at < pack.size; at += CHECKSUM_STEP_BYTES) {
    sum.update(await readFully(pack, at, Math.min(CHECKSUM_STEP_BYTES, pack.size - at)));
  }
  if (sum.digest('hex') !== packId) throw damaged('pack', 'its bytes are not the ones it is named after');
}

const CHECKSUM_STEP_BYTES = 4 * 1024 * 1024;

async function readFully(pack: StoredPack, offset: number, bytes: number): Promise<Buffer> {
  const read = await pack.read(offset, bytes);
  if (read.length !== bytes) throw damaged('pack', `it ends before byte ${offset + bytes}`);
  return read;
}
