import { Client } from 'pg';
import { quoteIdentifier, quoteLiteral } from '../../engine/postgres/sql/quote.js';

export interface RoleAndDatabase {
  role: string;
  password: string;
  /** Is owned by the role. */
  database: string;
  /** Whether the role may create databases, as the owner of an environment that is rolled back must. */
  createdb: boolean;
}

/**
 * Creates a role and a database of its own. What exists already is kept; the role's password and its
 * right to create databases become those given.
 * @param adminUrl connection URL of a superuser
 */
export async function createRoleAndDatabase(adminUrl: string, wanted: RoleAndDatabase): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    // A statement that fails or is slow would otherwise be logged by the server with the password in it.
    await client.query(
      `SET log_statement = 'none'; SET log_min_error_statement = 'panic'; SET log_min_duration_statement = -1`,
    );
    await createRole(client, wanted);
    await createDatabase(client, wanted.database, wanted.role);
  } finally {
    await client.end();
  }
}

/** Creates the database, owned by `owner` (otherwise by the session's role), unless it exists. */
export async function createDatabase(client: Client, database: string, owner?: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rowCount) return;
  const clause = owner === undefined ? '' : ` OWNER ${quoteIdentifier(owner)}`;
  await client.query(`CREATE DATABASE ${quoteIdentifier(database)}${clause}`);
}

async function createRole(client: Client, { role, password, createdb }: RoleAndDatabase): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount ? 'ALTER' : 'CREATE';
  const rights = `LOGIN ${createdb ? 'CREATEDB' : 'NOCREATEDB'} PASSWORD ${quoteLiteral(password)}`;
  await client.query(`${verb} ROLE ${quoteIdentifier(role)} ${rights}`);
}
