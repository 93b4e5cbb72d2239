import type { ContentRef } from './content-ref.js';

/*
 * A database in a manifest: one `database` entry, then its tables, each before its segments, its sequences, its
 * materialised views, and what is known of contents that are not in it. Numbers that may not fit a double (transaction ids, sequence values) are decimal text.
 */

/** The database as a whole; comes before everything that belongs to it. */
export interface DatabaseEntry {
  kind: 'database';
  /** As the server says it, like `15.6`. */
  serverVersion: string;
  /** As the server counts it, indexes and all. */
  databaseBytes: number;
  /** What belongs to the database itself and not to anything in it. */
  properties: DatabasePropertiesEntry;
  /**
   * The schemas in which the role that took the snapshot finds names by its own settings, `pg_catalog` first: those that
   * there were. Absent in older manifests.
   */
  searchPath?: string[];
  /** What a later differential needs to know of this cut; absent when none may build on it. */
  lineage?: DatabaseLineage;
  /** What they are, whenever they are read; absent where that cannot be told. */
  definitions?: DefinitionsKnown;
  /**
   * What a server and a role must have to restore it, as JSON that only its writer reads; absent in snapshots that were
   * taken before it was kept.
   */
  requirements?: string;
  /** A `pg_dump` archive (custom format, uncompressed): all definitions and the large objects, no table data. */
  content: ContentRef;
}

export interface DatabasePropertiesEntry {
  encoding: string;
  /** `libc`, `icu` or `builtin`. */
  localeProvider: string;
  collate: string;
  ctype: string;
  /** Of ICU and builtin providers. */
  locale?: string;
  owner: string;
  /** As `pg_database.datacl` prints it; absent for the default. */
  privileges?: string[];
  /** `role` is empty for settings of everybody; `setting` like `search_path=app, public`. */
  settings: { role: string; setting: string }[];
  /** Null for none; absent, like the next, in snapshots that were taken before it was kept. */
  comment?: string | null;
  /** `pg_database.datconnlimit`: -1 is none. */
  connectionLimit?: number;
}

/** By what a later differential recognises that the definitions, and the description of all objects, are still these. Both SHA-256 in hex. */
export interface DefinitionsKnown {
  /** What they were made of: the rows of the catalogues, and what read them. */
  state: string;
  /** What they are, without the time at which they were read. */
  digest: string;
}

/** The proof that a server's history contains this cut: see docs/differential-capture.md. */
export interface DatabaseLineage {
  /** Of `pg_control_system()`. */
  systemIdentifier: string;
  databaseOid: number;
  /** The oldest transaction still running at the cut (`pg_snapshot_xmin`), 64 bits: what is older was finished. */
  horizon: string;
  /** The comment on schema `snapback`, committed after the cut: its uuid, and the 64-bit xmin of its row. */
  marker: { uuid: string; xmin: string };
  /** From here on the server's log has all that was written which the cut does not show; absent where that is not known. */
  log?: LogPosition;
}

/** A place in the write-ahead log of a server, while it runs. */
export interface LogPosition {
  /** As `pg_lsn` prints it. */
  lsn: string;
  timeline: number;
  /** Microseconds since 1970. Only a server that is stopped can have its files exchanged. */
  serverStartedAt: string;
}

/** What every object of the database is, in names: JSON, one line an object. At most one in a manifest. */
export interface DescriptionEntry {
  kind: 'description';
  content: ContentRef;
}

export interface TableEntry {
  kind: 'table';
  /** By which segments refer to it; unique in this manifest. */
  table: number;
  schema: string;
  name: string;
  /** What its segments have, in the order of COPY. */
  columns: string[];
  /** Stored generated columns, in their order; absent when there is none. Their values are in no segment. */
  generated?: string[];
  /** Rows only where this holds: a configuration table of an extension (`pg_extension.extcondition` without WHERE). */
  condition?: string;
  /** SHA-256 of all that shapes its COPY text; absent when it is never carried over. */
  fingerprint?: string;
  /** Why it was read though there was a base. */
  reason?: string;
}

/** The rows of a range of blocks, as COPY text. */
export interface SegmentEntry {
  kind: 'segment';
  table: number;
  fromBlock: number;
  /** Exclusive; absent for a table's last segment, which has no upper end. */
  toBlock?: number;
  rows: number;
  /**
   * Of a table with generated columns: a digest of the rows, `columns` and then `generated` (docs/vault-format.md).
   * Decimal, of either sign; those of all segments add up to the table's.
   */
  generatedDigest?: string;
  /** Not read out: the base's content, whose rows are the same. */
  carriedOver?: true;
  content: ContentRef;
}

export interface SequenceEntry {
  kind: 'sequence';
  schema: string;
  name: string;
  lastValue: string;
  isCalled: boolean;
  /** It is a column's of a table whose rows were left out: where it stands says nothing of what the snapshot gives back. */
  ofLeftOut?: true;
}

/** One that had rows and is to be refreshed; in the order in which that is possible. */
export interface MaterializedViewEntry {
  kind: 'materialized-view';
  schema: string;
  name: string;
}

/**
 * What rows there were that are not in the snapshot because they come back from elsewhere: those of a filled materialised
 * view, and of an extension's table as far as they are not captured. Nothing is known of what has no such entry: it was
 * too large, held by somebody, or rewritten since the cut.
 */
export interface ContentsEntry {
  kind: 'contents';
  schema: string;
  name: string;
  of: 'materialized-view' | 'extension-table';
  /** All of them, generated ones too: by these the digest was made. */
  columns: string[];
  /** Of the rows for which this does not hold; the others are captured. */
  condition?: string;
  rows: number;
  /** As `SegmentEntry.generatedDigest`. */
  digest: string;
}

export type DatabasePartEntry =
  | DatabaseEntry
  | DescriptionEntry
  | TableEntry
  | SegmentEntry
  | SequenceEntry
  | MaterializedViewEntry
  | ContentsEntry;
