import type { Client } from 'pg';
import { EngineError } from '../engine-error.js';
import { withConnection } from '../postgres/connection/connect.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import { sqlState } from '../postgres/connection/postgres-errors.js';
import { DDL_SETTINGS } from '../postgres/connection/session-settings.js';
import { quoteIdentifier, quoteLiteral, qualifiedName } from '../postgres/sql/quote.js';
import type { TableName } from './described-tables.js';

/** Nobody waits longer for somebody who reads what is to be dropped. */
const LOCK_TIMEOUT_MS = 10_000;

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

/** One that somebody else made is theirs: whoever owns it can do anything with what is in it. */
export async function makeSchema(client: Client, schema: string, snapshotId: string): Promise<void> {
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

/** All of them with this id, since they were made in one transaction. Rejects when another one is there. */
export async function areThere(client: Client, targets: readonly TableName[], id: string): Promise<boolean> {
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
export function commentOf(table: TableName, id: string): string {
  return `As ${qualifiedName(table)} was. Put here by Snapback (${id}); drop it when it is not needed any more.`;
}

function isOf(comment: string, id: string): boolean {
  return comment.includes(`(${id})`);
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

function inUse(table: TableName, cause: unknown): EngineError {
  return new EngineError(
    'item-changed',
    `Something depends on the restored table ${qualifiedName(table)}; drop that first, or keep the table.`,
    { cause },
  );
}
