import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { withConnection } from '../../../postgres/connection/connect.js';
import { CAPTURE_NAME } from '../../../postgres/cut/cut.js';
import { MARKER_SCHEMA, readMarker } from '../../../postgres/cut/cut-moment.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { DDL_SETTINGS } from '../../../postgres/connection/session-settings.js';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/sql/quote.js';

/** A mark is worth a moment, and not a queue of the application's statements behind us. */
const LOCK_TIMEOUT_MS = 2_000;
/** For an event trigger of somebody else, which may do anything. */
const STATEMENT_TIMEOUT_MS = 10_000;

export type Marking = { marker: { uuid: string; xmin: string } } | { reason: string };

/**
 * Leaves a new mark in the database's history: the comment on a schema of our own. Call it after the cut, so that
 * whatever history contains the mark contains the cut. It is on disk, also after a power cut, once this resolves.
 * When the mark cannot be left, for whatever reason, that is told; only an abort rejects, with `signal.reason`.
 */
export async function markHistory(address: DatabaseAddress, context: { signal: AbortSignal }): Promise<Marking> {
  const settings = {
    ...DDL_SETTINGS,
    lock_timeout: String(LOCK_TIMEOUT_MS),
    statement_timeout: String(STATEMENT_TIMEOUT_MS),
  };
  const options = { signal: context.signal, settings, applicationName: CAPTURE_NAME };
  try {
    return await withConnection(address, options, leaveMarkOn);
  } catch (error) {
    context.signal.throwIfAborted();
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The same on a connection that is in no transaction. Rejects as the server does, perhaps in the middle of a transaction. */
export async function leaveMarkOn(client: Client): Promise<Marking> {
  const uuid = randomUUID();
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE');
  // Also what was committed before, without waiting for the disk, is on it then: the server's log has one order.
  await client.query('SET LOCAL synchronous_commit = on');
  const existing = await client.query('SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1', [MARKER_SCHEMA]);
  // Not IF NOT EXISTS: that asks for the privilege to create a schema also when it is there.
  if (existing.rowCount === 0) await client.query(`CREATE SCHEMA ${quoteIdentifier(MARKER_SCHEMA)}`);
  await client.query(`COMMENT ON SCHEMA ${quoteIdentifier(MARKER_SCHEMA)} IS ${quoteLiteral(uuid)}`);
  await client.query('COMMIT');
  // Another transaction, so that what was committed is what is read.
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  const { rows } = await client.query<{ next: string }>(
    'SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text AS next',
  );
  const marker = await readMarker(client, BigInt(rows[0]!.next));
  await client.query('COMMIT');
  if (marker?.uuid !== uuid) return { reason: 'Another mark took the place of the one just left.' };
  return { marker: { uuid, xmin: String(marker.xmin) } };
}
