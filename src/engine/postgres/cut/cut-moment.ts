import type pg from 'pg';

/**
 * Where in a server's history a cut lies. Transaction ids are the 64-bit ones, which never come round again.
 */
export interface CutMoment {
  /** `server_version_num`, like `150018`. */
  versionNumber: string;
  /** Of the cluster, copied with its files; null where the role may not ask for it. */
  systemIdentifier: string | null;
  databaseOid: number;
  /** The oldest transaction still running at the cut: what is older had ended. */
  horizon: bigint;
  /** The first transaction id that was not yet given out at the cut. */
  nextId: bigint;
  /** What the schema `snapback` bears as its comment, and the transaction that put it there; null without one. */
  marker: HistoryMarker | null;
  /** The server replays another one's changes. */
  isReplica: boolean;
  /** Up to PostgreSQL 16 a server can be told to forget old row versions under a transaction that needs them. */
  forgetsOldRows: boolean;
  /** PostgreSQL's name of the database's encoding, like `UTF8`. */
  encoding: string;
  blockBytes: number;
}

export interface HistoryMarker {
  uuid: string;
  xmin: bigint;
}

/** The schema whose comment is the marker. Nothing in it is captured. */
export const MARKER_SCHEMA = 'snapback';

/** The lowest id of a real transaction; the ones below stand for rows that were frozen by force. */
const FIRST_NORMAL_ID = 3n;
const EPOCH = 1n << 32n;

/**
 * The moment of the transaction the client is in, which must be `REPEATABLE READ`: ids asked for a moment later,
 * or on another connection, would not be those of its snapshot.
 */
export async function readMoment(client: pg.ClientBase, versionNumber: string): Promise<CutMoment> {
  const { rows } = await client.query<{
    oid: number;
    horizon: string;
    next: string;
    replica: boolean;
    threshold: string | null;
    encoding: string;
    block: string;
    mayIdentify: boolean;
  }>(
    `SELECT d.oid, pg_catalog.pg_snapshot_xmin(s)::text AS horizon, pg_catalog.pg_snapshot_xmax(s)::text AS next,
            pg_catalog.pg_is_in_recovery() AS replica, pg_catalog.current_setting('old_snapshot_threshold', true) AS threshold,
            pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding, pg_catalog.current_setting('block_size') AS block,
            pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS "mayIdentify"
     FROM pg_catalog.pg_database d, pg_catalog.pg_current_snapshot() s WHERE d.datname = pg_catalog.current_database()`,
  );
  const row = rows[0]!;
  const nextId = BigInt(row.next);
  return {
    versionNumber,
    systemIdentifier: row.mayIdentify ? await readSystemIdentifier(client) : null,
    databaseOid: row.oid,
    horizon: BigInt(row.horizon),
    nextId,
    marker: await readMarker(client, nextId),
    isReplica: row.replica,
    forgetsOldRows: row.threshold !== null && row.threshold !== '-1',
    encoding: row.encoding,
    blockBytes: Number(row.block),
  };
}

async function readSystemIdentifier(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()',
  );
  return rows[0]!.id;
}

/**
 * The marker as the client sees it. `nextId` is an id that was given out, or is about to be, after the marker's
 * row was written. A comment is a row of a system catalogue: unlike a row of a table it is never replicated
 * logically, so a copy of the database that is fed that way does not bear it.
 */
export async function readMarker(client: pg.ClientBase, nextId: bigint): Promise<HistoryMarker | null> {
  const { rows } = await client.query<{ uuid: string; xmin: string }>(
    `SELECT d.description AS uuid, d.xmin::text AS xmin FROM pg_catalog.pg_description d JOIN pg_catalog.pg_namespace n ON n.oid = d.objoid
     WHERE d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objsubid = 0 AND n.nspname = $1`,
    [MARKER_SCHEMA],
  );
  const row = rows[0];
  if (!row) return null;
  const xmin = widen(BigInt(row.xmin), nextId);
  return xmin === null ? null : { uuid: row.uuid, xmin };
}

/** The 64-bit id, before `nextId`, of which a row keeps the lower 32 bits; null for those that are no transaction's. */
export function widen(xid: bigint, nextId: bigint): bigint | null {
  if (xid < FIRST_NORMAL_ID) return null;
  const sameEpoch = nextId - (nextId % EPOCH) + xid;
  const id = sameEpoch < nextId ? sameEpoch : sameEpoch - EPOCH;
  return id < 0n ? null : id;
}
