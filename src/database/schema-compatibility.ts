import type { DataSource, QueryRunner } from 'typeorm';
import pgBoss from 'pg-boss/package.json' with { type: 'json' };
import { ConfigurationError } from '../config/configuration-error.js';

/**
 * Notes which programs may work with the database once a migration has run: those that know the migration `oldest` (a timestamp, as
 * in the name of its file), or a later one. A migration that only adds what older programs pass over names the one before the last
 * that took something away; one that says nothing can only be used by programs that know it.
 */
export async function worksWithProgramsOf(
  runner: QueryRunner,
  migration: { name: string },
  oldest: number,
): Promise<void> {
  await runner.query('INSERT INTO schema_compatibility (migration, oldest_program) VALUES ($1, $2)', [
    migration.name,
    oldest,
  ]);
}

/**
 * Rejects with `ConfigurationError('schema-too-new')` when a newer program has changed the database in a way that this one does not
 * know and nobody says it may work with. Programs that run already are not asked: they were there when the newer one came.
 */
export async function refuseNewerSchema(dataSource: DataSource): Promise<void> {
  const unknown = await unknownMigrations(dataSource);
  if (unknown.length > 0) throw tooNew(`It has ${unknown.join(', ')}, which this one does not know.`);
  const queue = await versionOfQueue(dataSource);
  if (queue > pgBoss.pgboss.schema)
    throw tooNew(`Its queue has version ${queue}, and this one knows ${pgBoss.pgboss.schema}.`);
}

/** Whether all that this program would do to the tables has been done; not before its first start, nor beside an older one. */
export async function isUpToDate(dataSource: DataSource): Promise<boolean> {
  if (!(await isThere(dataSource, 'migrations'))) return false;
  const done: { name: string }[] = await dataSource.query('SELECT name FROM migrations');
  const names = new Set(done.map(({ name }) => name));
  return dataSource.migrations.every(({ name, constructor }) => names.has(name ?? constructor.name));
}

/** The names of those that this program neither knows nor may pass over. */
async function unknownMigrations(dataSource: DataSource): Promise<string[]> {
  if (!(await isThere(dataSource, 'migrations'))) return [];
  const known = dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
  const rows: { name: string }[] = await dataSource.query(
    'SELECT name FROM migrations WHERE name <> ALL($1) ORDER BY timestamp LIMIT 10',
    [known],
  );
  if (rows.length === 0 || !(await isThere(dataSource, 'schema_compatibility'))) return rows.map(({ name }) => name);
  const ours = Math.max(...known.map((name) => Number(/\d+$/.exec(name)?.[0] ?? 0)));
  const allowed: { migration: string }[] = await dataSource.query(
    'SELECT migration FROM schema_compatibility WHERE oldest_program <= $1',
    [ours],
  );
  const names = new Set(allowed.map(({ migration }) => migration));
  return rows.map(({ name }) => name).filter((name) => !names.has(name));
}

/** 0 where there is none yet. A newer queue does not mind an older program, and its tables do. */
async function versionOfQueue(dataSource: DataSource): Promise<number> {
  if (!(await isThere(dataSource, 'jobs.version'))) return 0;
  const rows: { version: number }[] = await dataSource.query(
    'SELECT coalesce(max(version), 0)::int AS version FROM jobs.version',
  );
  return rows[0]?.version ?? 0;
}

async function isThere(dataSource: DataSource, table: string): Promise<boolean> {
  const rows: { found: boolean }[] = await dataSource.query('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  return rows[0]?.found === true;
}

function tooNew(what: string): ConfigurationError {
  return new ConfigurationError(
    `DATABASE_URL: the database was brought up to date by a newer version of Snapback. ${what} Start the newer one, or restore the backup from before its first start.`,
    { code: 'schema-too-new' },
  );
}
