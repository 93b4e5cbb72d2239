import { isDeepStrictEqual } from 'node:util';
import type { Client } from 'pg';
import type { DatabaseLineage } from '../../../vault/manifests/manifest-database.js';
import { whyNoSource } from '../../capture/database/history/lineage.js';
import { leaveMarkOn } from '../../capture/database/history/mark-history.js';
import { readShapes } from '../../capture/database/shapes/read-shapes.js';
import { type CapturedTable, readInventory } from '../../capture/database/tables/inventory.js';
import type { NotedTable } from '../../notes/noted-tables.js';
import { isRefusal } from '../../postgres/connection/postgres-errors.js';
import { readMoment } from '../../postgres/cut/cut-moment.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import type { DatabaseSurvey, SurveyedTable } from '../database/order/database-survey.js';
import type { LoadOrder } from '../database/order/load-order.js';

/** What a later capture needs to know of a database that was filled from a snapshot. */
export interface NotedDatabase {
  lineage: DatabaseLineage;
  tables: NotedTable[];
}

export interface TablesNoting {
  survey: DatabaseSurvey;
  order: LoadOrder;
  /** See `readHorizon`. */
  horizon: string;
  /** By `qualifiedName`: their generated values, or definitions, are not known to be those that were captured. */
  unsure: ReadonlySet<string>;
}

/**
 * Above all transactions that have put in the rows so far, and not above any that is begun from here on. Nobody but us is in the
 * database, so what runs elsewhere has no row in it: it does not hold this horizon back as it would that of a capture. Ask for it when
 * nothing is under way in the database any more.
 */
export async function readHorizon(client: Client): Promise<string> {
  const { rows } = await client.query<{ next: string }>(
    'SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text AS next',
  );
  return rows[0]!.next;
}

/**
 * Leaves a mark in a database that was restored and that nobody has entered yet, and notes of each table what it is by, so that a capture
 * can tell whether it still has the rows that were put in, and no others. Call it when nothing of the tables changes any more. Undefined
 * where nothing can be built on it. `client`: set for reading. Rejects with the loss of the connection.
 */
export async function noteTables(client: Client, noting: TablesNoting): Promise<NotedDatabase | undefined> {
  try {
    const marking = await leaveMarkOn(client);
    if ('reason' in marking) return undefined;
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const noted = await readTables(client, noting, marking.marker);
    await client.query('COMMIT');
    return noted;
  } catch (error) {
    // No rollback fails for want of it: the next capture reads everything, as it does without.
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK');
    return undefined;
  }
}

async function readTables(
  client: Client,
  { survey, order, horizon, unsure }: TablesNoting,
  marker: DatabaseLineage['marker'],
): Promise<NotedDatabase | undefined> {
  const { rows } = await client.query<{ version: string; number: string }>(
    `SELECT pg_catalog.current_setting('server_version') AS version, pg_catalog.current_setting('server_version_num') AS number`,
  );
  const { version, number } = rows[0]!;
  const major = Math.floor(Number(number) / 10_000);
  const moment = await readMoment(client, number);
  const { systemIdentifier, databaseOid, encoding } = moment;
  // The text that is carried over is that of the server it was read from, in its database's encoding.
  const sameText = version === survey.database.serverVersion && encoding === survey.database.properties.encoding;
  if (!sameText || systemIdentifier === null || whyNoSource({ ...moment, major }) !== undefined) return undefined;
  const found = new Map<string, CapturedTable>();
  for (const table of await readInventory(client, { includeUnlogged: true })) found.set(qualifiedName(table), table);
  const pairs: { table: number; oid: number }[] = [];
  for (const table of survey.tables.values()) {
    const name = qualifiedName(table);
    const restored = found.get(name);
    const hasItsOwnRows = !order.last.has(name) && !order.throughRoot.has(name) && !order.ofExtensions.has(name);
    if (!restored || !hasItsOwnRows || unsure.has(name) || !hasSameColumns(table, restored)) continue;
    pairs.push({ table: table.table, oid: restored.oid });
  }
  const oids = pairs.map(({ oid }) => oid);
  const shapes = await readShapes(client, oids, { ...moment, major });
  const tables: NotedTable[] = [];
  for (const { table, oid } of pairs) {
    const shape = shapes.get(oid);
    if (shape && shape.obstacle === undefined) tables.push({ table, fingerprint: shape.fingerprint });
  }
  return { lineage: { systemIdentifier, databaseOid, horizon, marker }, tables };
}

/** In the same order, too: a child's inherited columns may come before its own ones now. */
function hasSameColumns(captured: SurveyedTable, restored: CapturedTable): boolean {
  return (
    captured.condition === undefined &&
    restored.extensionCondition === null &&
    isDeepStrictEqual(captured.columns, restored.columns) &&
    isDeepStrictEqual(captured.generated ?? [], restored.generated)
  );
}
