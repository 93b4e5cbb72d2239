import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { quoteIdentifier, quoteLiteral } from '../../../src/engine/postgres/sql/quote.js';
import { query } from '../../harness/database.js';

/** Whose a setting can be, and what stands after ALTER then. */
export const OWNERS_OF_SETTINGS = [
  ['a role', 'ROLE {owner}'],
  ['a database', 'DATABASE {database}'],
  ['a role in a database', 'ROLE {owner} IN DATABASE {database}'],
] as const;

/** Whose SQL it is: the server's superuser's, or that of the environment's role. */
export type Who = 'superuser' | 'owner';
export type Step = readonly [who: Who, sql: string];

export interface PlaceOptions {
  /** The environment's role: one that owns its database, may create others and is no superuser (default), or a superuser. */
  as?: Who;
  /** Further roles, by the names that SQL has for them; they cannot log in. */
  roles?: readonly string[];
  /** Which of them the environment's role is a member of; default all. */
  memberOf?: readonly string[];
  /** As its superuser; the run's shared server unless told. */
  server?: DatabaseAddress;
}

/** A round trip is a dozen of programs and three databases, which a machine with much else to do takes its time for. */
export const PATIENCE = { testTimeout: 120_000, hookTimeout: 120_000 };

/** Whatever role, database or tests have set for themselves, who looks is not to be disturbed. */
const UNDISTURBED: Readonly<Record<string, string>> = {
  search_path: '',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read\\ committed',
  exit_on_error: 'off',
  row_security: 'on',
  session_replication_role: 'origin',
  datestyle: 'ISO,MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '3',
  lc_monetary: 'C',
  lc_numeric: 'C',
  quote_all_identifiers: 'off',
  default_text_search_config: 'pg_catalog.simple',
  standard_conforming_strings: 'on',
  jit: 'off',
};
export const UNDISTURBED_OPTIONS = Object.entries(UNDISTURBED)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** A database of its own with roles of its own. In SQL `{owner}`, `{database}` and the further roles stand for their unique names. */
export class Place {
  private constructor(
    readonly server: DatabaseAddress,
    /** As the environment's role. */
    readonly address: DatabaseAddress,
    /** Unique names by the names that SQL has for them. */
    readonly names: ReadonlyMap<string, string>,
  ) {}

  static async make({ as = 'owner', roles = [], memberOf = roles, server }: PlaceOptions): Promise<Place> {
    const admin = server ?? inject('postgres');
    const unique = randomBytes(4).toString('hex');
    const names = new Map(['owner', 'database', ...roles].map((name) => [name, `${name}_${unique}`]));
    const [owner, database] = [names.get('owner')!, names.get('database')!];
    const password = randomBytes(12).toString('hex');
    const place = new Place(admin, { ...admin, database, user: owner, password }, names);
    const rights = as === 'superuser' ? 'SUPERUSER' : 'CREATEDB';
    await query(admin, `CREATE ROLE ${quoteIdentifier(owner)} LOGIN ${rights} PASSWORD ${quoteLiteral(password)}`);
    for (const role of roles) await query(admin, place.sql(`CREATE ROLE {${role}}`));
    for (const role of memberOf) await query(admin, place.sql(`GRANT {${role}} TO {owner}`));
    await query(admin, place.sql('CREATE DATABASE {database} OWNER {owner} TEMPLATE template0'));
    return place;
  }

  get admin(): DatabaseAddress {
    return { ...this.server, database: this.address.database };
  }

  sql(text: string): string {
    return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => this.names.get(name) ?? whole);
  }

  /** Each step on a connection of its own, so that settings of roles and databases count for the next one. */
  async run(steps: readonly Step[], database = this.address.database): Promise<void> {
    for (const [who, sql] of steps) {
      const address = { ...(who === 'superuser' ? this.admin : this.address), database };
      if (who === 'superuser') await looking(address, (client) => client.query(this.sql(sql)), 'public');
      else await query(address, this.sql(sql));
    }
  }

  /** Another empty database like this one's, of the same role, made by it. */
  async makeBeside(name: string): Promise<DatabaseAddress> {
    const database = `${name}_${this.address.database}`;
    await query({ ...this.address, database: 'postgres' }, `CREATE DATABASE ${database} TEMPLATE template0`);
    return { ...this.address, database };
  }

  /** Names of all databases that these roles own. */
  async databases(): Promise<string[]> {
    const rows = await query<{ name: string }>(
      this.server,
      'SELECT datname::text AS name FROM pg_database WHERE pg_get_userbyid(datdba) = ANY($1) ORDER BY 1',
      [[...this.names.values()]],
    );
    return rows.map(({ name }) => name);
  }

  async drop(): Promise<void> {
    for (const name of await this.databases())
      await query(this.server, `DROP DATABASE ${quoteIdentifier(name)} WITH (FORCE)`);
    const roles = [...this.names].filter(([name]) => name !== 'database').map(([, role]) => quoteIdentifier(role));
    await query(this.server, `DROP OWNED BY ${roles.join(', ')}; DROP ROLE ${roles.join(', ')}`);
  }
}

/** A connection to look by: no setting of role or database counts on it. */
export async function looking<T>(
  { host, port, database, user, password }: DatabaseAddress,
  work: (client: Client) => Promise<T>,
  searchPath?: string,
): Promise<T> {
  const client = new Client({
    ...{ host, port, database, user, password, ssl: false, application_name: 'test' },
    options: UNDISTURBED_OPTIONS,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    if (searchPath !== undefined) await client.query(`SELECT set_config('search_path', $1, false)`, [searchPath]);
    return await work(client);
  } finally {
    await client.end();
  }
}
