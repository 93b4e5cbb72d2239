import { createHash, randomBytes } from 'node:crypto';
import type { DataKey } from '../keys/data-key.js';
import type { ChunkBody } from './chunk-body.js';
import { sealFrame } from './frame.js';
import {
  CHUNK_OVERHEAD_BYTES,
  EMPTY_PACK_BYTES,
  ENTRY_BYTES,
  HEADER_BYTES,
  SALT_BYTES,
  makeFooterEnd,
  makeHeader,
  makeIndexPosition,
  type PackEntry,
} from './pack-format.js';
import { sealIndex } from './pack-index.js';
import { derivePackKeys, type PackKeys } from './pack-keys.js';

/** A finished pack. */
export interface BuiltPack {
  /** SHA-256 of `bytes`, hexadecimal. */
  id: string;
  /** A view of the builder's memory. */
  bytes: Buffer;
  /** The header, which together with an entry is all a reader needs to open a frame. */
  header: Buffer;
  entries: PackEntry[];
}

/**
 * Fills one pack, in memory that is given and never outgrown. The salt is new for each pack, so that no two share a
 * key: one builder, and so one thread, fills a pack, and nobody has to agree on nonces.
 */
export class PackBuilder {
  private readonly keys: PackKeys;
  private readonly entries: PackEntry[] = [];
  /** Runs along with the frames while they are still in the processor's cache. */
  private readonly sum = createHash('sha256');
  private end = HEADER_BYTES;

  /** Throws `RangeError` when `memory` cannot hold a single chunk. */
  constructor(
    dataKey: DataKey,
    private readonly memory: Buffer,
  ) {
    if (memory.length <= EMPTY_PACK_BYTES + CHUNK_OVERHEAD_BYTES) throw new RangeError('Too little memory for a pack.');
    this.keys = derivePackKeys(dataKey, makeHeader(dataKey.id, randomBytes(SALT_BYTES)));
    this.keys.header.bytes.copy(memory);
    this.sum.update(this.keys.header.bytes);
  }

  get chunks(): number {
    return this.entries.length;
  }

  /** What the pack would take if it were finished now. */
  get bytes(): number {
    return bytesWith(this.end, this.entries.length);
  }

  /** Whether a body of so many bytes still fits. */
  hasRoomFor(bodyBytes: number): boolean {
    return this.bytes + bodyBytes + CHUNK_OVERHEAD_BYTES <= this.memory.length;
  }

  /** Encrypts a body as the next frame. Throws `RangeError` where `hasRoomFor()` says no. */
  append(id: Buffer, plainBytes: number, body: ChunkBody): PackEntry {
    if (!this.hasRoomFor(body.bytes.length)) throw new RangeError('The pack is full.');
    const entry = sealFrame(this.keys, this.memory, this.end, { id, plainBytes, body });
    this.sum.update(this.memory.subarray(entry.offset, entry.offset + entry.storedBytes));
    this.end += entry.storedBytes;
    this.entries.push(entry);
    return entry;
  }

  /** Writes index and footer. The builder, and its memory, is not used again before the pack has been stored. */
  finish(): BuiltPack {
    const indexBytes = sealIndex(this.keys, this.memory, this.end, this.entries);
    const position = makeIndexPosition(this.end, indexBytes);
    this.sum.update(this.memory.subarray(this.end, this.end + indexBytes)).update(position);
    const footerEnd = makeFooterEnd(this.sum.copy().digest());
    const footerAt = this.end + indexBytes;
    position.copy(this.memory, footerAt);
    footerEnd.copy(this.memory, footerAt + position.length);
    return {
      id: this.sum.update(footerEnd).digest('hex'),
      bytes: this.memory.subarray(0, footerAt + position.length + footerEnd.length),
      header: this.keys.header.bytes,
      entries: this.entries,
    };
  }
}

function bytesWith(end: number, entries: number): number {
  return end - HEADER_BYTES + EMPTY_PACK_BYTES + entries * ENTRY_BYTES;
}
