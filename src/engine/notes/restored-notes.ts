import type { DatabaseLineage } from '../../vault/manifests/manifest-database.js';

/** What notes are about. */
export type NotedPart = 'tables' | 'files';

/**
 * What was noted of a state when it had been restored from a snapshot and nobody had touched it: by this a later capture tells what of
 * it still stands, which is the snapshot's. Pages are bytes that only `noted-tables` and `noted-files` read.
 */
export interface RestoredNotes {
  /** By what its database is known again; absent when nothing can be built on it. */
  lineage?: DatabaseLineage;
  /** Each page once, in any order. Read in bounded memory. */
  pages(part: NotedPart): AsyncIterable<Buffer>;
}

/** Where notes go while a state is restored. What was not `finish`ed counts for nothing. */
export interface NotesSink {
  /** Once at most. */
  lineage(lineage: DatabaseLineage): Promise<void>;
  page(part: NotedPart, page: Buffer): Promise<void>;
}
