import type { DatabaseSurvey } from '../../src/engine/restore/database/order/database-survey.js';
import { DatabaseSurveyor } from '../../src/engine/restore/database/order/database-survey.js';
import type { SegmentEntry, TableEntry } from '../../src/vault/manifests/manifest-database.js';
import type { ManifestEntry } from '../../src/vault/manifests/manifest.js';
import type { ContentRef } from '../../src/vault/manifests/content-ref.js';
import type { TakenSnapshot } from './snapshots.js';

/** All that a snapshot says of a database. */
export interface SnapshotContents {
  survey: DatabaseSurvey;
  /** By the table's name for people. */
  tables: Map<string, { entry: TableEntry; segments: SegmentEntry[] }>;
  warnings: string[];
}

export async function readSnapshot({ place, snapshotId }: TakenSnapshot): Promise<SnapshotContents> {
  const entries: ManifestEntry[] = [];
  const surveyor = new DatabaseSurveyor();
  for await (const entry of place.vault.readEntries(place.project, snapshotId)) {
    entries.push(entry);
    surveyor.add(entry);
  }
  const segments = Map.groupBy(
    entries.filter((entry) => entry.kind === 'segment'),
    ({ table }) => table,
  );
  const tables = new Map(
    entries
      .filter((entry) => entry.kind === 'table')
      .map((entry) => [
        `${entry.schema}.${entry.name}`,
        { entry, segments: (segments.get(entry.table) ?? []).toSorted((a, b) => a.fromBlock - b.fromBlock) },
      ]),
  );
  const warnings = entries
    .filter((entry) => entry.kind === 'warning')
    .map(({ code, message }) => `${code}: ${message}`);
  return { survey: surveyor.survey()!, tables, warnings };
}

export async function readContent({ place }: TakenSnapshot, content: ContentRef): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of place.vault.readContent(place.project, content)) parts.push(part);
  return Buffer.concat(parts);
}

/** The rows of a table as COPY text, in the order of its blocks. */
export async function readRows(snapshot: TakenSnapshot, segments: readonly SegmentEntry[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const { content } of segments) parts.push(await readContent(snapshot, content));
  return Buffer.concat(parts);
}
