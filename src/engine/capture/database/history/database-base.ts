import type { ContentRef } from '../../../../vault/manifests/content-ref.js';
import type {
  DatabaseEntry,
  DatabaseLineage,
  DefinitionsKnown,
  SegmentEntry,
  TableEntry,
} from '../../../../vault/manifests/manifest-database.js';
import type { ManifestEntry } from '../../../../vault/manifests/manifest.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';
import { type BlockRange, coversAllOnce } from '../segments/segment-plan.js';

/** What a differential has to know of its base: little enough to be kept in memory, so not where the rows lie. */
export interface DatabaseBase {
  /** For those that are to be carried over, once they are known. */
  entries: BaseEntries;
  lineage?: DatabaseLineage;
  /** Those that can be carried over, by their fingerprint, which has the table's oid in it. */
  tables: Map<string, BaseTable>;
  /** The names of all of them. */
  names: Set<string>;
  /** Its definitions and description, for a database that still has them. */
  definitions?: BaseDefinitions;
  /** It was restored, and this is what is known of it by the notes that were taken then. */
  isRestored?: true;
}

export interface BaseDefinitions extends DefinitionsKnown {
  content: ContentRef;
  description: ContentRef;
}

export interface BaseTable {
  /** Its number in the base's manifest. */
  table: number;
  /** In the order of their blocks; every block is in one of them. */
  ranges: BaseRange[];
  /** One of them does not say what its generated values were. */
  lacksDigests?: true;
  /**
   * Its rows were put in from these segments: blocks of the base are no blocks of the table, and only all of it can be the base's.
   */
  isWhole?: true;
}

export interface BaseRange extends BlockRange {
  rows: number;
}

/** Entries of the base's manifest, some at a time, from their beginning each time. */
export type BaseEntries = () => AsyncIterable<ManifestEntry[]>;

/** What was noted of a database when it had been restored. */
export interface RestoredDatabase {
  lineage?: DatabaseLineage;
  /** Fingerprints by the numbers of the tables in the manifest that they were restored from. */
  tables: ReadonlyMap<number, string>;
}

/** Gathers a base from the entries of its manifest. One without a database, or with an archive of it, has no lineage. */
export class DatabaseBaseReader {
  private readonly base: DatabaseBase;
  private readonly byNumber = new Map<number, BaseTable>();
  /** Until the description has come. */
  private described: Omit<BaseDefinitions, 'description'> | undefined;

  /** `restored`: the state to be captured is not the one the base was taken of, but was restored from it. */
  constructor(
    entries: BaseEntries,
    private readonly restored?: RestoredDatabase,
  ) {
    const lineage = restored?.lineage;
    this.base = {
      ...{ entries, tables: new Map(), names: new Set() },
      ...(lineage && { lineage }),
      ...(restored && { isRestored: true }),
    };
  }

  add(entry: ManifestEntry): void {
    if (entry.kind === 'database' && !this.restored) this.addDatabase(entry);
    if (entry.kind === 'description' && this.described) {
      this.base.definitions = { ...this.described, description: entry.content };
    }
    if (entry.kind === 'table') this.addTable(entry);
    if (entry.kind === 'segment') {
      const { fromBlock, toBlock, rows, generatedDigest } = entry;
      const table = this.byNumber.get(entry.table);
      table?.ranges.push({ fromBlock, ...(toBlock !== undefined && { toBlock }), rows });
      if (table && generatedDigest === undefined) table.lacksDigests = true;
    }
  }

  /** When all entries have been added. */
  finish(): DatabaseBase {
    for (const [fingerprint, { ranges }] of this.base.tables) {
      ranges.sort((a, b) => a.fromBlock - b.fromBlock);
      // Nothing we write; but a row that no range has would be lost without a sound.
      if (!coversAllOnce(ranges)) this.base.tables.delete(fingerprint);
    }
    return this.base;
  }

  private addDatabase({ lineage, definitions, content }: DatabaseEntry): void {
    if (lineage) this.base.lineage = lineage;
    if (definitions) this.described = { ...definitions, content };
  }

  private addTable(entry: TableEntry): void {
    this.base.names.add(qualifiedName(entry));
    const fingerprint = this.restored ? this.restored.tables.get(entry.table) : entry.fingerprint;
    if (fingerprint === undefined) return;
    const table: BaseTable = { table: entry.table, ranges: [], ...(this.restored && { isWhole: true }) };
    this.byNumber.set(entry.table, table);
    this.base.tables.set(fingerprint, table);
  }
}

/** Segments of the base that are wanted again: by its table's number, the new number and the ranges' first blocks. */
export type CarriedOver = ReadonlyMap<number, { table: number; fromBlocks: ReadonlySet<number> }>;

/**
 * The wanted segments as entries of the new manifest, in bounded memory. It reads no further than the last of them: that
 * the rest is whole was seen when the base was gathered. Throws when one of them is not there any more.
 */
export async function* carryOver(entries: BaseEntries, wanted: CarriedOver): AsyncIterable<SegmentEntry> {
  let missing = 0;
  for (const { fromBlocks } of wanted.values()) missing += fromBlocks.size;
  if (missing === 0) return;
  for await (const batch of entries()) {
    for (const entry of batch) {
      if (entry.kind !== 'segment') continue;
      const found = wanted.get(entry.table);
      if (!found?.fromBlocks.has(entry.fromBlock)) continue;
      missing -= 1;
      yield { ...entry, table: found.table, carriedOver: true };
    }
    if (missing === 0) return;
  }
  throw new Error(`The base snapshot has changed: ${missing} of its segments are not there any more.`);
}
