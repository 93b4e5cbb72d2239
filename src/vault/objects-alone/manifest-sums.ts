import type { DatabaseEntry } from '../manifests/manifest-database.js';
import type { EncodedPath, ExclusionEntry, LeftOutEntry, ManifestEntry, WarningEntry } from '../manifests/manifest.js';

/** The first warnings of a manifest that are kept: as many as on a snapshot's row. */
const MOST_WARNINGS = 100;
/** Likewise of tables that are left out, and of paths. */
const MOST_TABLES = 100;
const MOST_UNREADABLE = 10;
/** The path of a filestore's root. */
const ROOT = 'utf8:';

/** What all entries of a manifest say together. */
export interface ManifestSums {
  database?: Pick<DatabaseEntry, 'serverVersion' | 'databaseBytes' | 'requirements'>;
  /** Absent without a filestore. */
  filestore?: { files: number; bytes: number };
  warnings: Pick<WarningEntry, 'code' | 'message'>[];
  /** Absent where nothing was left out. */
  leftOut?: LeftOutSums;
}

/** What a manifest says was left out, the first of each, and how many. */
export interface LeftOutSums {
  rules: Pick<ExclusionEntry, 'tables' | 'rowsOf' | 'paths'>;
  rowsOf: { schema: string; name: string }[];
  rowsOfCount: number;
  tables: { schema: string; name: string }[];
  tableCount: number;
  unreadable: EncodedPath[];
  unreadableCount: number;
}

/** Adds up the entries of one manifest. Throws what reading them throws. */
export async function sumsOf(
  batches: AsyncIterable<readonly ({ kind: 'header' } | ManifestEntry)[]>,
): Promise<ManifestSums> {
  const sums: ManifestSums = { warnings: [] };
  const filestore = { files: 0, bytes: 0 };
  for await (const entries of batches) {
    for (const entry of entries) {
      if (entry.kind === 'database') {
        const { serverVersion, databaseBytes, requirements } = entry;
        sums.database = { serverVersion, databaseBytes, ...(requirements !== undefined && { requirements }) };
      } else if (entry.kind === 'directory' && entry.path === ROOT) sums.filestore = filestore;
      else if (entry.kind === 'file') {
        filestore.files += 1;
        filestore.bytes += entry.content.bytes;
      } else if (entry.kind === 'exclusion') {
        const { tables, rowsOf, paths } = entry;
        leftOutOf(sums).rules = { tables, rowsOf, paths };
      } else if (entry.kind === 'left-out') addLeftOut(leftOutOf(sums), entry);
      else if (entry.kind === 'warning' && sums.warnings.length < MOST_WARNINGS) {
        sums.warnings.push({ code: entry.code, message: entry.message });
      }
    }
  }
  return sums;
}

function leftOutOf(sums: ManifestSums): LeftOutSums {
  return (sums.leftOut ??= {
    rules: { tables: [], rowsOf: [], paths: [] },
    ...{ rowsOf: [], rowsOfCount: 0, tables: [], tableCount: 0, unreadable: [], unreadableCount: 0 },
  });
}

function addLeftOut(sums: LeftOutSums, entry: LeftOutEntry): void {
  if (entry.of === 'unreadable') {
    sums.unreadableCount += 1;
    if (sums.unreadable.length < MOST_UNREADABLE) sums.unreadable.push(entry.path);
    return;
  }
  const { of, schema, name } = entry;
  sums[of === 'rows' ? 'rowsOfCount' : 'tableCount'] += 1;
  const named = of === 'rows' ? sums.rowsOf : sums.tables;
  if (named.length < MOST_TABLES) named.push({ schema, name });
}
