import { OF_TABLES } from '../../vault/listing/listing-key.js';
import type { ListedEntry } from '../../vault/listing/listing.js';
import type { SegmentEntry } from '../../vault/manifests/manifest-database.js';
import { type BrowsedTable, isTable } from './browse-tables.js';
import { changedEntries } from './changed-entries.js';
import { qualifiedName } from '../postgres/sql/quote.js';
import type { PrimaryKeys } from './primary-keys.js';
import { countRowChanges, type RowCounts } from './row-changes.js';
import { type OpenedSnapshot, segmentsIn } from './snapshot-parts.js';

export interface TableChange {
  key: string;
  change: 'added' | 'removed' | 'changed';
  before: BrowsedTable | undefined;
  after: BrowsedTable | undefined;
  /**
   * Which rows, counted; undefined where they were not read: the segments say that some are others, or one of the two has left them out.
   */
  rows: RowCounts | undefined;
}

export interface TableOptions {
  from?: string | undefined;
  /** What may be read of rows to count which have changed, all tables together: their text, and how many, since something of each is in memory. */
  most: { bytes: number; rows: number };
  /** Told of tables with the same rows. */
  same?: () => void;
  /** Of the snapshot after; asked for once rows are read. */
  primaryKeys: () => Promise<PrimaryKeys>;
}

/**
 * Tables whose rows or columns have changed from one snapshot to another, by schema and name. That none has is told by the names of the contents; which, by
 * reading those segments that are in one of the two only, as far as may be read. Rejects as the listings and the vault do.
 */
export async function* tableChanges(
  before: OpenedSnapshot,
  after: OpenedSnapshot,
  { from, most, same = () => undefined, primaryKeys }: TableOptions,
): AsyncGenerator<TableChange> {
  const left = { ...most };
  // A line that is the same in both says nothing of the segments: the rows may be as many and other ones.
  const options = { from, alsoSame: true };
  for await (const { key, ...changed } of changedEntries(before.listing, after.listing, OF_TABLES, options)) {
    const [was, is] = [tableIn(changed.before), tableIn(changed.after)];
    if (was === undefined || is === undefined) {
      yield { key, change: was === undefined ? 'added' : 'removed', before: was, after: is, rows: undefined };
      continue;
    }
    if (was.kind === 'left-out' || is.kind === 'left-out') {
      if (was.kind === is.kind) same();
      else yield { key, change: 'changed', before: was, after: is, rows: undefined };
      continue;
    }
    const [gone, come] = apart(await segmentsIn(before.listing, was.table), await segmentsIn(after.listing, is.table));
    const sameColumns = JSON.stringify(was.columns) === JSON.stringify(is.columns);
    if (gone.length === 0 && come.length === 0 && sameColumns) {
      same();
      continue;
    }
    const apartFrom = [...gone, ...come];
    const bytes = apartFrom.reduce((sum, { content }) => sum + content.bytes, 0);
    const count = apartFrom.reduce((sum, segment) => sum + segment.rows, 0);
    let rows: RowCounts | undefined;
    if (sameColumns && bytes <= left.bytes && count <= left.rows) {
      left.bytes -= bytes;
      left.rows -= count;
      const columns = (await primaryKeys()).get(qualifiedName(is))?.map((column) => is.columns.indexOf(column));
      const places = columns?.includes(-1) === true ? undefined : columns;
      rows = await countRowChanges(rowsOf(before, gone), rowsOf(after, come), places);
      // The same rows, in other segments.
      if (rows.added + rows.removed + rows.changed === 0) {
        same();
        continue;
      }
    }
    yield { key, change: 'changed', before: was, after: is, rows };
  }
}

function tableIn(entry: ListedEntry | undefined): BrowsedTable | undefined {
  return entry !== undefined && isTable(entry) ? entry : undefined;
}

/** The segments with rows whose content is on one side only, or there more often. */
function apart(was: readonly SegmentEntry[], is: readonly SegmentEntry[]): [SegmentEntry[], SegmentEntry[]] {
  const filled = (segments: readonly SegmentEntry[]) => segments.filter(({ rows }) => rows > 0);
  const others = new Map<string, number>();
  for (const { content } of filled(is)) others.set(content.sha256, (others.get(content.sha256) ?? 0) + 1);
  const gone = filled(was).filter(({ content }) => !takeOne(others, content.sha256));
  // What is left of them has no counterpart.
  const come = filled(is).filter(({ content }) => takeOne(others, content.sha256));
  return [gone, come];
}

function takeOne(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  if (count > 0) counts.set(key, count - 1);
  return count > 0;
}

async function* rowsOf({ vault, project }: OpenedSnapshot, segments: readonly SegmentEntry[]): AsyncGenerator<Buffer> {
  for (const { content } of segments) yield* vault.readContent(project, content);
}
