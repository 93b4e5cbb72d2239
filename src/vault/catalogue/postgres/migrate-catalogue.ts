import { CatalogueError } from '../catalogue-error.js';
import { inTransaction, type Connections } from './connections.js';
import { SCHEMA_VERSIONS } from './schema.js';

/** Names the lock under which one process at a time migrates; an arbitrary number that no other lock uses. */
const MIGRATION_LOCK = 6_217_301_188_402_913n;

/**
 * Makes the schema `vault`, or brings it up to date; does nothing where it is. Any number of processes may call it at
 * once. Needs CREATE on the database. Rejects with `CatalogueError('catalogue-too-new')` when a newer program made it.
 */
export async function migrateCatalogue(connections: Connections): Promise<void> {
  await inTransaction(connections, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK.toString()]);
    // Asked first: IF NOT EXISTS wants the privilege to create even where there is nothing to do.
    const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = 'vault'");
    if (rowCount === 0) await client.query('CREATE SCHEMA vault');
    await client.query(
      `CREATE TABLE IF NOT EXISTS vault.schema_versions (
         version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
    );
    const { rows } = await client.query<{ version: number }>(
      'SELECT coalesce(max(version), 0)::int AS version FROM vault.schema_versions',
    );
    const applied = rows[0]?.version ?? 0;
    if (applied > SCHEMA_VERSIONS.length) {
      throw new CatalogueError(
        'catalogue-too-new',
        `The catalogue has version ${applied}, this program knows ${SCHEMA_VERSIONS.length}. Run the newer program.`,
      );
    }
    for (const [index, sql] of SCHEMA_VERSIONS.entries()) {
      if (index < applied) continue;
      await client.query(sql);
      await client.query('INSERT INTO vault.schema_versions (version) VALUES ($1)', [index + 1]);
    }
  });
}
