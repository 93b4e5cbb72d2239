import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { quoteIdentifier, quoteLiteral } from '../../src/engine/postgres/sql/quote.js';
import { madeUpSecret } from './secret-mark.js';

export interface TestDatabaseOptions {
  /** Name of the role that owns it and logs in; made unless it exists. A unique one unless told. */
  owner?: string;
  /** Default: a random one. That of a role that exists has to be told. */
  password?: string;
  /** Default: a unique one. */
  name?: string;
  /** As its superuser; the run's shared server unless told. */
  server?: DatabaseAddress;
  /** More options of CREATE DATABASE, such as a locale. */
  options?: string;
}

export interface TestDatabase {
  /** As its owner: a role that is no superuser and may create databases. */
  address: DatabaseAddress;
  /** The same database as the server's superuser. */
  admin: DatabaseAddress;
  /** Drops everything the role owns on the server, its shadows included, and the role if it was made for this. */
  drop(): Promise<void>;
}

/** A new, empty database on the run's shared server, with a role of its own. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = options.server ?? inject('postgres');
  const unique = randomBytes(6).toString('hex');
  const owner = options.owner ?? `role_${unique}`;
  const password = options.password ?? madeUpSecret();
  const name = options.name ?? `db_${unique}`;
  const admin = { ...server, database: name };

  const made = await asAdmin(server, async (client) => {
    const existing = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [owner]);
    const isNew = existing.rowCount === 0;
    if (isNew) {
      await client.query(`CREATE ROLE ${quoteIdentifier(owner)} LOGIN CREATEDB PASSWORD ${quoteLiteral(password)}`);
    }
    await client.query(
      `CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(owner)} TEMPLATE template0 ${options.options ?? ''}`,
    );
    return isNew;
  });
  return {
    address: { ...server, database: name, user: owner, password },
    admin,
    drop: () => asAdmin(server, (client) => dropAllOf(client, owner, made)),
  };
}

/** Runs SQL on a connection of its own and returns the rows of the last statement. */
export async function query<Row extends Record<string, unknown>>(
  address: DatabaseAddress,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  return connected(address, async (client) => {
    const result: unknown = await client.query(sql, values);
    const last = (Array.isArray(result) ? result.at(-1) : result) as { rows: Row[] };
    return last.rows;
  });
}

/** As a URL, whatever is in its parts. */
export function urlOf({ host, port, database, user, password }: DatabaseAddress): string {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `postgres://${login}@${host}:${port}/${encodeURIComponent(database)}`;
}

async function asAdmin<T>(server: DatabaseAddress, work: (client: Client) => Promise<T>): Promise<T> {
  return connected(server, work);
}

async function connected<T>(address: DatabaseAddress, work: (client: Client) => Promise<T>): Promise<T> {
  const { host, port, database, user, password } = address;
  const client = new Client({ host, port, database, user, password, ssl: false, application_name: 'test' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function dropAllOf(client: Client, owner: string, dropRole: boolean): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT datname::text AS name FROM pg_database WHERE pg_get_userbyid(datdba) = $1',
    [owner],
  );
  for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
  if (dropRole) await client.query(`DROP ROLE IF EXISTS ${quoteIdentifier(owner)}`);
}
