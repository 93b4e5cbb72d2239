import { damaged } from './pack-error.js';
import { ENTRY_BYTES, HEADER_BYTES, TAG_BYTES, readEntry, writeEntry, type PackEntry } from './pack-format.js';
import type { PackKeys } from './pack-keys.js';
import { countingNonce, openSealed, sealInto } from './seal.js';

const NONCE = countingNonce(0);

/** Encrypts the entries into `pack` at `offset`; returns the bytes written. */
export function sealIndex(keys: PackKeys, pack: Buffer, offset: number, entries: readonly PackEntry[]): number {
  const plain = Buffer.allocUnsafe(entries.length * ENTRY_BYTES);
  for (const [row, entry] of entries.entries()) writeEntry(entry, plain, row * ENTRY_BYTES);
  return sealInto(pack, offset, keys.index, NONCE, indexData(keys, offset), plain);
}

/**
 * The entries of a sealed index that lies at `offset`, in the order of the frames. Throws
 * `PackError('pack-damaged')`, also when the frames do not fill the pack from the header to the index.
 */
export function openIndex(keys: PackKeys, offset: number, sealed: Buffer): PackEntry[] {
  const plain = openSealed(sealed, keys.index, NONCE, indexData(keys, offset));
  if (plain === undefined) throw damaged('index', 'its header or index is altered, or they are of two packs');
  if (plain.length % ENTRY_BYTES !== 0) throw damaged('index', 'its index ends within an entry');
  const entries: PackEntry[] = [];
  let next = HEADER_BYTES;
  for (let at = 0; at < plain.length; at += ENTRY_BYTES) {
    const entry = readEntry(plain, at);
    if (entry.offset !== next || entry.storedBytes < TAG_BYTES) throw damaged('index', 'its index has a gap');
    next += entry.storedBytes;
    entries.push(entry);
  }
  if (next !== offset) throw damaged('index', 'its index does not cover all frames');
  return entries;
}

function indexData(keys: PackKeys, offset: number): Buffer {
  const data = Buffer.alloc(HEADER_BYTES + 4);
  keys.header.bytes.copy(data);
  data.writeUInt32BE(offset, HEADER_BYTES);
  return data;
}
