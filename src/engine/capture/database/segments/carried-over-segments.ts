import type { SegmentEntry } from '../../../../vault/manifests/manifest-database.js';
import { type BaseEntries, carryOver } from '../history/database-base.js';
import type { SegmentTask } from './segment-tasks.js';

/** The segments whose rows are the base's: remembered by name only, until all are known. */
export class CarriedOverSegments {
  private readonly wanted = new Map<number, { table: number; fromBlocks: Set<number> }>();

  add({ of, range }: SegmentTask): void {
    if (of.baseTable === undefined) throw new TypeError('What has no base cannot be carried over.');
    const known = this.wanted.get(of.baseTable);
    if (known) known.fromBlocks.add(range.fromBlock);
    else this.wanted.set(of.baseTable, { table: of.table, fromBlocks: new Set([range.fromBlock]) });
  }

  /** Their entries for the new manifest; reads the base's once more. */
  entries(base: BaseEntries): AsyncIterable<SegmentEntry> {
    return carryOver(base, this.wanted);
  }
}
