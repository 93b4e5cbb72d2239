import type { DatabaseEntry } from '../manifests/manifest-database.js';
import type { ManifestEntry, WarningEntry } from '../manifests/manifest.js';

/** The first warnings of a manifest that are kept: as many as on a snapshot's row. */
const MOST_WARNINGS = 100;
/** The path of a filestore's root. */
const ROOT = 'utf8:';

/** What all entries of a manifest say together. */
export interface ManifestSums {
  database?: Pick<DatabaseEntry, 'serverVersion' | 'databaseBytes' | 'requirements'>;
  /** Absent without a filestore. */
  filestore?: { files: number; bytes: number };
  warnings: Pick<WarningEntry, 'code' | 'message'>[];
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
      } else if (entry.kind === 'warning' && sums.warnings.length < MOST_WARNINGS) {
        sums.warnings.push({ code: entry.code, message: entry.message });
      }
    }
  }
  return sums;
}
