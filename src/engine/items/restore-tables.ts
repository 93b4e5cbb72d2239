import type { Client } from 'pg';
import type { ListedTable } from '../../vault/listing/listing-builder.js';
import { firstOf, type OpenedSnapshot, segmentsIn } from '../contents/snapshot-parts.js';
import { EngineError } from '../engine-error.js';
import { openConnection, withConnection } from '../postgres/connection/connect.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import { explained, isServerError, sqlState } from '../postgres/connection/postgres-errors.js';
import { DDL_SETTINGS, WRITING_SETTINGS } from '../postgres/connection/session-settings.js';
import { copyIn } from '../postgres/copy/copy-in.js';
import { quoteIdentifier, quoteLiteral, qualifiedName } from '../postgres/sql/quote.js';
import type { WorkContext } from '../progress.js';
import { copyInSql } from '../restore/database/order/table-sql.js';
import { describedTables, type DescribedTable, type TableName } from './described-tables.js';

/** Nobody waits longer for somebody who reads what is to be dropped. */
const LOCK_TIMEOUT_MS = 10_000;

export interface TablesToRestore {
  opened: OpenedSnapshot;
  snapshotId: string;
  /** The live database. */
  address: DatabaseAddress;
  /** A uuid: of whoever asks again with it, the tables that are there are. */
  id: string;
  tables: readonly TableName[];
}

/** A table that was put beside those of a live database. */
export interface RestoredTable extends TableName {
  restoredAs: TableName;
  rows: number;
  /** Left out, since PostgreSQL computes them. */
  computed: string[];
}

/** Where tables of a snapshot are put: a schema of their own, with the id in its name that nothing else has. */
export function restoredSchema(snapshotId: string): string {
  return `restored_${snapshotId.replaceAll('-', '')}`;
}

/** What they are called there: by their own names; where two of different schemas have the same one, with their schemas before them. */
export function restoredNames(snapshotId: string, tables: readonly TableName[]): TableName[] {
  const schema = restoredSchema(snapshotId);
  const isTwice = (name: string) => tables.filter((table) => table.name === name).length > 1;
  return tables.map((table) => ({ schema, name: isTwice(table.name) ? `${table.schema}.${table.name}` : table.name }));
}

/**
 * Puts tables of a snapshot, with columns, rows and primary key, into a schema of their own in the live database, which nobody else may look into at first.
 * It is one transaction: when it rejects, nothing of it is there. Done before with the same id, it does nothing.
 *
 * Rejects with `EngineError('item-missing' | 'item-in-the-way' | 'restore-failed' | 'disk-full' | 'database-…' | 'snapshot-damaged')`, as the vault does,
 * or with `signal.reason`.
 */
export async function restoreTables(request: TablesToRestore, context: WorkContext): Promise<RestoredTable[]> {
  const { opened, address, snapshotId, tables } = request;
  const described = await describedTables(opened, tables);
  const database = await firstOf(opened.listing, 'database');
  if (database === undefined) throw new EngineError('snapshot-damaged', 'The manifest has tables and no database.');
  const schema = restoredSchema(snapshotId);
  const targets = restoredNames(snapshotId, described);
  // Whoever is told that they are there can rely on it.
  const settings = { ...WRITING_SETTINGS, synchronous_commit: 'on' };
  const connection = await openConnection(address, { settings, signal: context.signal });
  try {
    const load = { ...request, client: connection.client, encoding: database.properties.encoding, context };
    if (!(await areThere(connection.client, targets, request.id))) await create(load, schema, described, targets);
    return described.map((table, index) => ({
      ...{ schema: table.schema, name: table.name, restoredAs: targets[index]!, computed: table.computed },
      rows: table.holders.reduce((sum, { totals }) => sum + totals.rows, 0),
    }));
  } catch (error) {
    context.signal.throwIfAborted();
    throw explained(error, address);
  } finally {
    await connection.close();
  }
}

/**
 * Drops tables that were restored with this id, and their schema when nothing else is in it. What is not there, or is not what was restored, is
 * left alone. Rejects with `EngineError('item-changed')` when something depends on one, and as the database does; nothing was dropped then.
 */
export async function dropRestoredTables(
  address: DatabaseAddress,
  id: string,
  tables: readonly TableName[],
): Promise<void> {
  const settings = { ...DDL_SETTINGS, lock_timeout: String(LOCK_TIMEOUT_MS) };
  await withConnection(address, { settings }, async (client) => {
    await client.query('BEGIN');
    const schemas = new Set<string>();
    for (const table of tables) {
      if (!(await isOurs(client, table, id))) continue;
      schemas.add(table.schema);
      await client.query(`DROP TABLE ${qualifiedName(table)}`).catch((error: unknown) => {
        throw sqlState(error) === '2BP01' ? inUse(table, error) : error;
      });
    }
    for (const schema of schemas) {
      await client.query('SAVEPOINT schema');
      await client.query(`DROP SCHEMA ${quoteIdentifier(schema)} RESTRICT`).catch(async (error: unknown) => {
        // Somebody has something else there.
        if (sqlState(error) !== '2BP01') throw error;
        await client.query('ROLLBACK TO SAVEPOINT schema');
      });
    }
    await client.query('COMMIT');
  });
}

interface Load extends TablesToRestore {
  client: Client;
  encoding: string;
  context: WorkContext;
}

async function create(
  load: Load,
  schema: string,
  described: readonly DescribedTable[],
  targets: readonly TableName[],
): Promise<void> {
  const { client, id, snapshotId } = load;
  await client.query('BEGIN');
  await makeSchema(client, schema, snapshotId);
  for (const [index, table] of described.entries()) {
    const target = targets[index]!;
    await naming(table, () => client.query(`CREATE TABLE ${qualifiedName(target)} ${table.definition}`));
    await client.query(`COMMENT ON TABLE ${qualifiedName(target)} IS ${quoteLiteral(commentOf(table, id))}`);
  }
  const progress = new RowsProgress(load.context, described);
  for (const [index, table] of described.entries()) {
    for (const holder of table.holders) {
      await naming(table, () => loadRows(load, holder, targets[index]!, progress));
    }
  }
  load.context.signal.throwIfAborted();
  await client.query('COMMIT');
}

/** One that somebody else made is theirs: whoever owns it can do anything with what is in it. */
async function makeSchema(client: Client, schema: string, snapshotId: string): Promise<void> {
  const { rows } = await client.query<{ isOurs: boolean }>(
    'SELECT nspowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER) AS "isOurs" FROM pg_catalog.pg_namespace WHERE nspname = $1',
    [schema],
  );
  const [found] = rows;
  if (found?.isOurs === false) {
    const advice = 'have its owner drop or rename it.';
    throw new EngineError('item-in-the-way', `The schema ${quoteIdentifier(schema)} is somebody else's; ${advice}`);
  }
  if (found !== undefined) return;
  const name = quoteIdentifier(schema);
  await client.query(`CREATE SCHEMA ${name}`);
  await client.query(
    `COMMENT ON SCHEMA ${name} IS ${quoteLiteral(`Restored by Snapback from the snapshot ${snapshotId}.`)}`,
  );
  // What a role grants by default is not meant for what a table's own privileges may have kept from others.
  const { rows: granted } = await client.query<{ grantee: string | null }>(
    `SELECT DISTINCT (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = acl.grantee) AS grantee
       FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) acl WHERE n.nspname = $1 AND acl.grantee <> n.nspowner`,
    [schema],
  );
  for (const { grantee } of granted) {
    await client.query(`REVOKE ALL ON SCHEMA ${name} FROM ${grantee === null ? 'PUBLIC' : quoteIdentifier(grantee)}`);
  }
}

async function loadRows(
  { client, opened, encoding, context }: Load,
  holder: ListedTable,
  target: TableName,
  progress: RowsProgress,
): Promise<void> {
  const sql = copyInSql({ ...target, columns: holder.columns }, encoding);
  for (const { content, rows } of await segmentsIn(opened.listing, holder.table)) {
    context.signal.throwIfAborted();
    if (rows === 0) continue;
    const taken = await copyIn(client, sql, opened.vault.readContent(opened.project, content), (bytes) =>
      progress.add(bytes.length),
    );
    if (taken === rows) continue;
    throw new EngineError(
      'snapshot-damaged',
      `A segment of the table ${qualifiedName(holder)} has ${taken} rows, and the snapshot's manifest says ${rows}.`,
    );
  }
}

class RowsProgress {
  private done = 0;
  private readonly total: number;

  constructor(
    private readonly context: WorkContext,
    tables: readonly DescribedTable[],
  ) {
    this.total = tables.flatMap(({ holders }) => holders).reduce((sum, { totals }) => sum + totals.bytes, 0);
    this.add(0);
  }

  add(bytes: number): void {
    this.done += bytes;
    this.context.progress.report({ phase: 'stage-database', bytesDone: this.done, bytesTotal: this.total });
  }
}

/** All of them with this id, since they were made in one transaction. Rejects when another one is there. */
async function areThere(client: Client, targets: readonly TableName[], id: string): Promise<boolean> {
  let count = 0;
  for (const target of targets) {
    const comment = await commentAt(client, target);
    if (comment === undefined) continue;
    if (!isOf(comment, id)) {
      const advice = 'drop it, or undo what has put it there.';
      throw new EngineError('item-in-the-way', `There is a table ${qualifiedName(target)} already; ${advice}`);
    }
    count += 1;
  }
  return count === targets.length && count > 0;
}

async function isOurs(client: Client, table: TableName, id: string): Promise<boolean> {
  const comment = await commentAt(client, table);
  return comment !== undefined && isOf(comment, id);
}

/** Empty for what has none; undefined when there is nothing of this name. */
async function commentAt(client: Client, { schema, name }: TableName): Promise<string | undefined> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT pg_catalog.obj_description(c.oid, 'pg_class') AS comment
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  const [row] = rows;
  return row && (row.comment ?? '');
}

/** By this a table is known again, whatever it is called. */
function commentOf(table: TableName, id: string): string {
  return `As ${qualifiedName(table)} was. Put here by Snapback (${id}); drop it when it is not needed any more.`;
}

function isOf(comment: string, id: string): boolean {
  return comment.includes(`(${id})`);
}

async function naming<T>(table: TableName, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isServerError(error) || sqlState(error) === '53100') throw error;
    throw new EngineError(
      'restore-failed',
      `The table ${qualifiedName(table)} could not be restored beside the others. PostgreSQL says: ${error.message}`,
      { cause: error },
    );
  }
}

function inUse(table: TableName, cause: unknown): EngineError {
  return new EngineError(
    'item-changed',
    `Something depends on the restored table ${qualifiedName(table)}; drop that first, or keep the table.`,
    { cause },
  );
}
