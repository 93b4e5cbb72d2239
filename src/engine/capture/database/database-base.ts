import type { DatabaseLineage, SegmentEntry } from '../../../vault/manifest-database.js';
import type { ManifestEntry } from '../../../vault/manifest.js';
import { displayRelation, type Relation } from './relation.js';
import { type BlockRange, coversAllOnce } from './segment-plan.js';

/** What a differential has to know of its base: little enough to be kept in memory, so not where the rows lie. */
export interface DatabaseBase {
  lineage?: DatabaseLineage;
  /** Those that can be carried over, by their fingerprint, which has the table's oid in it. */
  tables: Map<string, BaseTable>;
  /** The names of all of them. */
  names: Set<string>;
}

export interface BaseTable {
  /** Its number in the base's manifest. */
  table: number;
  /** In the order of their blocks; every block is in one of them. */
  ranges: BaseRange[];
}

export interface BaseRange extends BlockRange {
  rows: number;
}

/** Entries of the base's manifest, from their beginning each time. */
export type BaseEntries = () => AsyncIterable<ManifestEntry>;

/** Reads a base's manifest once. One without a database, or with an archive of it, gives a base without lineage. */
export async function readBase(entries: BaseEntries): Promise<DatabaseBase> {
  const base: DatabaseBase = { tables: new Map(), names: new Set() };
  const byNumber = new Map<number, BaseTable>();
  for await (const entry of entries()) {
    if (entry.kind === 'database' && entry.lineage) base.lineage = entry.lineage;
    if (entry.kind === 'table') {
      base.names.add(nameKey(entry));
      if (entry.fingerprint === undefined) continue;
      const table = { table: entry.table, ranges: [] };
      byNumber.set(entry.table, table);
      base.tables.set(entry.fingerprint, table);
    }
    if (entry.kind === 'segment') {
      const { fromBlock, toBlock, rows } = entry;
      byNumber.get(entry.table)?.ranges.push({ fromBlock, ...(toBlock !== undefined && { toBlock }), rows });
    }
  }
  for (const [fingerprint, { ranges }] of base.tables) {
    ranges.sort((a, b) => a.fromBlock - b.fromBlock);
    // Nothing we write; but a row that no range has would be lost without a sound.
    if (!coversAllOnce(ranges)) base.tables.delete(fingerprint);
  }
  return base;
}

export function nameKey(relation: Relation): string {
  return displayRelation(relation);
}

/** Segments of the base that are wanted again: by its table's number, the new number and the ranges' first blocks. */
export type CarriedOver = ReadonlyMap<number, { table: number; fromBlocks: ReadonlySet<number> }>;

/**
 * The wanted segments as entries of the new manifest, in bounded memory. Throws when one of them is not there any
 * more, at the latest where the iteration would have ended.
 */
export async function* carryOver(entries: BaseEntries, wanted: CarriedOver): AsyncIterable<SegmentEntry> {
  let missing = 0;
  for (const { fromBlocks } of wanted.values()) missing += fromBlocks.size;
  if (missing === 0) return;
  for await (const entry of entries()) {
    if (entry.kind !== 'segment') continue;
    const found = wanted.get(entry.table);
    if (!found?.fromBlocks.has(entry.fromBlock)) continue;
    missing -= 1;
    yield { ...entry, table: found.table, carriedOver: true };
  }
  if (missing !== 0)
    throw new Error(`The base snapshot has changed: ${missing} of its segments are not there any more.`);
}
