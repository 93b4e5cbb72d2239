import type { PackedChunk } from '../catalogue/catalogue-records.js';
import type { PackEntry } from '../packs/pack-format.js';
import { toRow } from '../packs/index-rows.js';

/** How the catalogue's rows of a pack differ from the pack's own index, in numbers of chunks. */
export interface IndexDifference {
  /** In the index, without a row. */
  missing: number;
  /** With a row that says another offset, length or encoding. */
  wrong: number;
  /** Rows of chunks that are not in the index. */
  stray: number;
}

/** Pure. A chunk that is in the pack twice has one row, for either place. */
export function compareIndex(entries: readonly PackEntry[], rows: readonly PackedChunk[]): IndexDifference {
  const unmatched = new Map(rows.map((row) => [row.id.toString('latin1'), row]));
  const seen = new Map<string, boolean>();
  for (const entry of entries) {
    const id = entry.id.toString('latin1');
    const row = unmatched.get(id);
    seen.set(id, seen.get(id) === true || (row !== undefined && says(row, entry)));
  }
  let missing = 0;
  let wrong = 0;
  for (const [id, matched] of seen) {
    if (!unmatched.delete(id)) missing += 1;
    else if (!matched) wrong += 1;
  }
  return { missing, wrong, stray: unmatched.size };
}

function says(row: PackedChunk, entry: PackEntry): boolean {
  const { offset, storedBytes, plainBytes, encoding } = toRow(entry);
  return (
    row.offset === offset &&
    row.storedBytes === storedBytes &&
    row.plainBytes === plainBytes &&
    row.encoding === encoding
  );
}
