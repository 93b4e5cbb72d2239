import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientBase } from 'pg';
import { EngineError } from '../../engine-error.js';
import { applySettings, backendPid, openConnection, type OpenConnection, withConnection } from './connect.js';
import type { DatabaseAddress } from './database-address.js';
import { toEngineError } from './postgres-errors.js';
import { quoteIdentifier } from '../sql/quote.js';
import { SessionEnder } from './session-ender.js';
import { DDL_SETTINGS } from './session-settings.js';

/** How long whoever got in may take to go. */
const EMPTYING_MS = 10_000;
const LOOK_MS = 20;
const READ_ONLY = 'default_transaction_read_only';
/** What `initdb` makes has lower oids; everything else was made by somebody. */
const FIRST_OID_OF_OTHERS = 16_384;

/** A database to which nobody can connect, and the connections that were opened before. */
export interface ClosedDatabase {
  readonly address: DatabaseAddress;
  readonly clients: readonly Client[];
  /**
   * The `xmin` of its row in `pg_database`. As long as it is this one, nobody has opened the database since: opening,
   * closing and granting make a new row (tried on PostgreSQL 15; freezing, a crash and a restart do not).
   */
  readonly closedXmin: string;
  /** Closes the connections. Never rejects. */
  close(): Promise<void>;
}

export interface CloseOptions {
  /** Of any other database of the server. */
  maintenance: DatabaseAddress;
  /** Of the database, which is closed and empty. */
  address: DatabaseAddress;
  oid: number;
  connections: number;
  /** Session settings of the connections. */
  settings: Readonly<Record<string, string>>;
  /** Aborting breaks the connections. */
  signal: AbortSignal;
  /** False for one that is known, of which the caller finds out whether anybody has left something; default true. */
  isEmpty?: boolean;
}

/**
 * Opens a database that was created closed for as long as it takes to connect to it, closes it again, ends whoever came in with
 * us, and looks whether it is still empty: it belongs to the environment's role, and applications look for databases of their
 * role and go to work in them. From then on it is ours alone, until the connections are closed.
 *
 * Rejects with `EngineError('shadow-entered')` when somebody left something there: drop it, and begin again; with other
 * `EngineError`s, or with `signal.reason`. No connection is open then.
 */
export async function enterAndClose(options: CloseOptions): Promise<ClosedDatabase> {
  const { maintenance, address, oid, connections: count, settings, signal, isEmpty = true } = options;
  const name = quoteIdentifier(address.database);
  const connections: OpenConnection[] = [];
  let failure: { reason: unknown } | undefined;
  const close = async () => {
    await Promise.all(connections.map((connection) => connection.close()));
  };
  try {
    const closedXmin = await withConnection(maintenance, { settings: DDL_SETTINGS, signal }, async (client) => {
      // Whoever comes in with us changes nothing, unless that is what it came for; ours say what they want themselves.
      await client.query(`ALTER DATABASE ${name} SET ${READ_ONLY} TO on`);
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      try {
        // All at once, and nothing else: it is open for as long as it takes.
        const opening = Array.from({ length: count }, () => openConnection(address, { signal, settings: {} }));
        for (const result of await Promise.allSettled(opening)) {
          if (result.status === 'fulfilled') connections.push(result.value);
          else failure ??= { reason: result.reason };
        }
      } finally {
        await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      }
      if (failure) throw failure.reason;
      // The database's own setting of this name, if it has one, comes back with all others in the end.
      await client.query(`ALTER DATABASE ${name} RESET ${READ_ONLY}`);
      return readXmin(client, oid);
    });
    const clients = connections.map(({ client }) => client);
    await beAlone(maintenance, oid, clients, signal);
    for (const client of clients) await applySettings(client, settings);
    if (isEmpty) await requireEmpty(clients[0]!, address.database);
    return { address, clients, closedXmin, close };
  } catch (error) {
    await close();
    signal.throwIfAborted();
    throw toEngineError(error, address);
  }
}

/** The `xmin` of a database's row, as text. Rejects with the server's error, or when there is no such database. */
export async function readXmin(client: ClientBase, oid: number): Promise<string> {
  const { rows } = await client.query<{ xmin: string }>(
    'SELECT xmin::text AS xmin FROM pg_catalog.pg_database WHERE oid = $1',
    [oid],
  );
  if (!rows[0]) throw new Error(`There is no database with the oid ${oid}.`);
  return rows[0].xmin;
}

/** Rejects with `EngineError('cutover-failed')` when somebody has opened the database since: nobody knows what is in it now. */
export async function requireClosedSince(
  client: ClientBase,
  { shadow, shadowOid, closedXmin }: { shadow: string; shadowOid: number; closedXmin: string },
): Promise<void> {
  if ((await readXmin(client, shadowOid)) === closedXmin) return;
  throw new EngineError(
    'cutover-failed',
    `Somebody has opened or changed the database "${shadow}" while it was being rebuilt, so that nobody can say what is in it; nothing was changed. Roll back again.`,
  );
}

/** Nobody new comes in any more; whoever is there, or on the way in, is ended and awaited. */
async function beAlone(
  maintenance: DatabaseAddress,
  oid: number,
  clients: readonly Client[],
  signal: AbortSignal,
): Promise<void> {
  const ours = await Promise.all(clients.map(backendPid));
  await withConnection(maintenance, { settings: DDL_SETTINGS, signal }, async (client) => {
    const ender = new SessionEnder(client, [oid], ours);
    for (const deadline = performance.now() + EMPTYING_MS; ; await sleep(LOOK_MS, undefined, { signal })) {
      const left = await ender.endAll();
      if (left.length === 0) return;
      if (performance.now() > deadline) {
        throw new EngineError(
          'sessions-in-the-way',
          `Somebody connected to the database that is being rebuilt and could not be sent away: ${left.join(', ')}. End it, and try again.`,
        );
      }
    }
  });
}

/** Every catalogue that numbers what it has, asked for something that did not come with the server. */
async function requireEmpty(client: Client, database: string): Promise<void> {
  const { rows: catalogues } = await client.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid'
     WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r' AND NOT c.relisshared
       AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1`,
  );
  const parts = catalogues.map(
    ({ name }) =>
      `SELECT '${name}' AS name WHERE EXISTS (SELECT FROM pg_catalog.${quoteIdentifier(name)} WHERE oid >= ${FIRST_OID_OF_OTHERS})`,
  );
  const { rows } = await client.query<{ name: string }>(parts.join(' UNION ALL '));
  if (rows.length === 0) return;
  const found = rows.map(({ name }) => name).join(', ');
  throw new EngineError(
    'shadow-entered',
    `Somebody was in the database "${database}" while it was being made, and left something there (${found}).`,
  );
}
