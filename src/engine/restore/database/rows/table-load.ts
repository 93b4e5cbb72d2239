import type { Client } from 'pg';
import type { SegmentEntry } from '../../../../vault/manifests/manifest-database.js';
import { EngineError } from '../../../engine-error.js';
import { copyIn } from '../../../postgres/copy/copy-in.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import {
  isConnectionLoss,
  isServerError,
  sqlState,
  toEngineError,
} from '../../../postgres/connection/postgres-errors.js';
import type { SurveyedTable } from '../order/database-survey.js';
import type { MultisetHash } from '../../../multiset-hash.js';
import { type CopiedTable, copyInSql } from '../order/table-sql.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

export interface SegmentLoad {
  table: SurveyedTable;
  /** Where its rows go: itself, or a root that has them with those of others. */
  into: CopiedTable;
  segment: SegmentEntry;
  content: AsyncIterable<Buffer>;
  encoding: string;
  /** Told about the rows; absent when nobody will compare them. */
  hash?: MultisetHash;
  onBytes: (bytes: number) => void;
}

/**
 * Loads one segment. Rejects with `EngineError('restore-failed' | 'disk-full' | 'database-…')` that names the
 * table and has PostgreSQL's reason, with `EngineError('snapshot-damaged')` when the number of
 * rows is not the segment's, or with what reading the content threw.
 */
export async function loadSegment(client: Client, address: DatabaseAddress, load: SegmentLoad): Promise<void> {
  const { table, into, segment, encoding, hash, onBytes } = load;
  let rows: number;
  try {
    rows = await copyIn(client, copyInSql(into, encoding), load.content, (bytes) => {
      hash?.update(bytes);
      onBytes(bytes.length);
    });
  } catch (error) {
    if (isConnectionLoss(error)) throw toEngineError(error, address);
    throw isServerError(error) ? explain(error, table, address) : error;
  }
  if (rows === segment.rows) return;
  throw new EngineError(
    'snapshot-damaged',
    `A segment of the table ${qualifiedName(table)} has ${rows} rows, and the snapshot's manifest says ${segment.rows}.`,
  );
}

function explain(error: Error, table: SurveyedTable, address: DatabaseAddress): EngineError {
  if (sqlState(error) === '53100') return toEngineError(error, address);
  return new EngineError(
    'restore-failed',
    `The rows of the table ${qualifiedName(table)} could not be restored. PostgreSQL says: ${error.message}`,
    { cause: error },
  );
}
