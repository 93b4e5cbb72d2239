import { createHash } from 'node:crypto';
import type { SurveyedTable } from '../order/database-survey.js';

/**
 * How a restored database is compared with its manifest: by the number of rows of every table, and by the rows
 * themselves of no table (`counts`), of some (`sampled`) or of all of them.
 */
export type VerificationMode = 'counts' | 'sampled' | 'all';

/** Read again of a sampled database, as COPY text. */
export const SAMPLE_BYTES = 256 * 1024 * 1024;

/**
 * The tables whose rows are compared. A sample fits into `sampleBytes`, is the same for the same snapshot, and
 * another one for another snapshot, so that every table that fits has its turn.
 */
export function chooseHashedTables(
  tables: Iterable<SurveyedTable>,
  mode: VerificationMode,
  snapshotId: string,
  sampleBytes = SAMPLE_BYTES,
): Set<number> {
  if (mode === 'counts') return new Set();
  const withRows = [...tables].filter(({ rows }) => rows > 0);
  if (mode === 'all') return new Set(withRows.map(({ table }) => table));

  const chosen = new Set<number>();
  let left = sampleBytes;
  const drawn = withRows
    .map((table) => ({ table, lot: lotOf(table, snapshotId) }))
    .toSorted((one, other) => (one.lot < other.lot ? -1 : 1));
  for (const { table } of drawn) {
    if (table.bytes > left) continue;
    left -= table.bytes;
    chosen.add(table.table);
  }
  return chosen;
}

function lotOf(table: SurveyedTable, snapshotId: string): string {
  return createHash('sha256').update([snapshotId, table.schema, table.name].join('\0')).digest('hex');
}
