import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../vault/catalogue/postgres/connections.js';
import { CommandError } from '../vault/cli/vault-tools.js';
import type { Row } from './imported-rows.js';

/** Where rows wait until all are there: so all of them come into being together, and a killed import has made none. */
const STAGING = 'snapback_import';
/** Two imports at a time would each wait for the other one's tables. Any number that no other lock of the service uses. */
const IMPORT_LOCK = 7_362_044;

const FILLED = `
  SELECT (SELECT count(*) FROM public.projects) AS projects, (SELECT count(*) FROM public.environments) AS environments,
         (SELECT count(*) FROM public.snapshots) AS snapshots`;

/** Rejects with `CommandError` unless the service's database knows nothing yet. */
export async function requireEmptyState(connections: Pool | PoolClient): Promise<void> {
  const { rows } = await connections.query<Record<'projects' | 'environments' | 'snapshots', string>>(FILLED);
  const { projects, environments, snapshots } = rows[0]!;
  if ([projects, environments, snapshots].every((count) => count === '0')) return;
  throw new CommandError(
    `The service's database is not empty: it has ${projects} projects, ${environments} environments and ${snapshots} snapshots. An import makes rows only where there are none; set DATABASE_URL to an empty database, or use this one as it is.`,
  );
}

/** Begins, over what an import that was killed has left. */
export async function beginStaging(connections: Pool): Promise<void> {
  await connections.query(`
    DROP SCHEMA IF EXISTS ${STAGING} CASCADE;
    CREATE SCHEMA ${STAGING};
    CREATE UNLOGGED TABLE ${STAGING}.snapshots (LIKE public.snapshots INCLUDING DEFAULTS)`);
}

/** Rows of snapshots, all of the same columns. */
export async function stageSnapshots(connections: Pool, rows: readonly Row[]): Promise<void> {
  if (rows.length > 0) await insert(connections, `${STAGING}.snapshots`, rows);
}

/**
 * Makes all rows, in one transaction, and removes what they waited in. A base that is not among the snapshots is not named: what
 * is in the vault needs none. Rejects with `CommandError` when there are rows by now.
 */
export async function finishStaging(
  connections: Pool,
  { projects, environments }: { projects: readonly Row[]; environments: readonly Row[] },
): Promise<void> {
  await inTransaction(connections, async (client) => {
    // Of a million snapshots it may take a while.
    await client.query('SET LOCAL statement_timeout = 0');
    await client.query('SELECT pg_advisory_xact_lock($1)', [IMPORT_LOCK]);
    await client.query('LOCK TABLE public.projects IN SHARE ROW EXCLUSIVE MODE');
    await requireEmptyState(client);
    if (projects.length > 0) await insert(client, 'public.projects', projects);
    if (environments.length > 0) await insert(client, 'public.environments', environments);
    await client.query(`
      UPDATE ${STAGING}.snapshots s SET base_snapshot_id = NULL
       WHERE base_snapshot_id IS NOT NULL
         AND NOT EXISTS (SELECT FROM ${STAGING}.snapshots base WHERE base.id = s.base_snapshot_id)`);
    await client.query(`INSERT INTO public.snapshots SELECT * FROM ${STAGING}.snapshots`);
    await client.query(`DROP SCHEMA ${STAGING} CASCADE`);
  });
}

/** Columns that the rows do not have get their defaults. */
async function insert(connections: Pool | PoolClient, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0]!).join(', ');
  await connections.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}
