import type { SegmentEntry } from '../../../vault/manifests/manifest-database.js';
import type { VaultReader } from '../../../vault/vault.js';
import type { ChangedTable } from './plan-refresh.js';

/** What two snapshots do not have in common of a table's rows. */
export interface ChangedSegments extends ChangedTable {
  /** All of the one that is wanted. */
  segments: readonly SegmentEntry[];
  /** Only in the one that is held. */
  gone: SegmentEntry[];
  /** Only in the one that is wanted. */
  come: SegmentEntry[];
}

/**
 * Tells the segments of these tables apart by what they hold, wherever it stands in the table. Keeps the segments of these tables in
 * memory, of which there is one for some megabytes of rows.
 */
export async function readChangedSegments(
  vault: VaultReader,
  project: string,
  snapshots: { held: string; wanted: string },
  tables: readonly ChangedTable[],
): Promise<ChangedSegments[]> {
  const [held, wanted] = await Promise.all([
    segmentsOf(vault, project, snapshots.held, new Set(tables.map((table) => table.held.table))),
    segmentsOf(vault, project, snapshots.wanted, new Set(tables.map((table) => table.wanted.table))),
  ]);
  return tables.map((table) => {
    const segments = wanted.get(table.wanted.table) ?? [];
    return { ...table, segments, ...difference(held.get(table.held.table) ?? [], segments) };
  });
}

async function segmentsOf(
  vault: VaultReader,
  project: string,
  snapshotId: string,
  tables: ReadonlySet<number>,
): Promise<Map<number, SegmentEntry[]>> {
  const segments = new Map<number, SegmentEntry[]>();
  if (tables.size === 0) return segments;
  for await (const entry of vault.readEntries(project, snapshotId)) {
    if (entry.kind !== 'segment' || !tables.has(entry.table)) continue;
    const ofTable = segments.get(entry.table);
    if (ofTable) ofTable.push(entry);
    else segments.set(entry.table, [entry]);
  }
  return segments;
}

/** As multisets: the same rows may stand in a table twice. */
function difference(held: readonly SegmentEntry[], wanted: readonly SegmentEntry[]) {
  const left = Map.groupBy(held, ({ content }) => content.sha256);
  const come = wanted.filter(({ content }) => left.get(content.sha256)?.pop() === undefined);
  return { gone: [...left.values()].flat(), come };
}
