import type { PackedChunk } from '../catalogue/catalogue-records.js';
import { ENCODINGS, type PackEntry } from './pack-format.js';

/** An entry of a pack's index as the catalogue has it, and back. What the catalogue has came out of an index that was in order. */
export function toRow({ id, offset, storedBytes, plainBytes, encoding }: PackEntry): PackedChunk {
  return { id, offset, storedBytes, plainBytes, encoding: ENCODINGS.indexOf(encoding) };
}

export function toEntry({ id, offset, storedBytes, plainBytes, encoding }: PackedChunk): PackEntry {
  return { id, offset, storedBytes, plainBytes, encoding: ENCODINGS[encoding] ?? 'raw' };
}
