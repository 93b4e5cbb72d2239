import { hash } from 'node:crypto';
import type { ChunkBody } from './chunk-body.js';
import { decompressInto } from './zstd.js';
import { damaged } from './pack-error.js';
import { ENTRY_BYTES, HEADER_BYTES, TAG_BYTES, writeEntry, type PackEntry } from './pack-format.js';
import type { PackKeys } from './pack-keys.js';
import { countingNonce, openInto, sealInto } from './seal.js';

/** The part of a pack's keys that its frames need. */
export type FrameKeys = Pick<PackKeys, 'frames'> & { header: Pick<PackKeys['header'], 'bytes'> };

/** Encrypts a chunk's body into `pack` at `offset` and returns its entry. The caller has made room. */
export function sealFrame(
  keys: PackKeys,
  pack: Buffer,
  offset: number,
  chunk: { id: Buffer; plainBytes: number; body: ChunkBody },
): PackEntry {
  const { id, plainBytes, body } = chunk;
  const entry = { id, offset, storedBytes: body.bytes.length + TAG_BYTES, plainBytes, encoding: body.encoding };
  sealInto(pack, offset, keys.frames, countingNonce(offset), frameData(keys, entry), body.bytes);
  return entry;
}

/** Memory for the plain bytes of a chunk. */
export type Room = (bytes: number) => Buffer;

/**
 * The plain bytes of a chunk from its frame, checked against its id. Throws `PackError('pack-damaged')` when frame,
 * entry and pack do not belong together. Runs on the calling thread: about 2 ms for 1 MiB.
 */
export function openFrame(
  keys: FrameKeys,
  entry: PackEntry,
  frame: Buffer,
  room: Room = (bytes) => Buffer.allocUnsafeSlow(bytes),
): Buffer {
  const what = `the frame at ${entry.offset} of chunk ${entry.id.toString('hex')}`;
  if (frame.length !== entry.storedBytes) throw damaged('frame', `${what} is cut off`);
  const bodyBytes = Math.max(0, frame.length - TAG_BYTES);
  const isRaw = entry.encoding === 'raw';
  if (isRaw && bodyBytes !== entry.plainBytes) throw damaged('frame', `${what} has another length than its chunk`);
  const body = isRaw ? room(bodyBytes) : bodyRoom(bodyBytes);
  if (!openInto(body, frame, keys.frames, countingNonce(entry.offset), frameData(keys, entry))) {
    throw damaged('frame', `${what} is altered or lies in the wrong place`);
  }
  // Not before it is known that somebody has written that it is so large.
  const plain = isRaw ? body : room(entry.plainBytes);
  const isWhole = isRaw || decompressInto(plain, body);
  if (!isWhole || !hash('sha256', plain, 'buffer').equals(entry.id)) {
    throw damaged('frame', `${what} does not hold the bytes it is named after`);
  }
  return plain;
}

/** Bodies up to this size are decrypted into the same memory, over and over. */
const MOST_KEPT_BYTES = 1024 * 1024;
let kept: Buffer | undefined;

function bodyRoom(bytes: number): Buffer {
  if (bytes > MOST_KEPT_BYTES) return Buffer.allocUnsafeSlow(bytes);
  kept ??= Buffer.allocUnsafeSlow(MOST_KEPT_BYTES);
  return kept.subarray(0, bytes);
}

function frameData(keys: FrameKeys, entry: PackEntry): Buffer {
  const data = Buffer.allocUnsafe(HEADER_BYTES + ENTRY_BYTES);
  keys.header.bytes.copy(data);
  writeEntry(entry, data, HEADER_BYTES);
  return data;
}
