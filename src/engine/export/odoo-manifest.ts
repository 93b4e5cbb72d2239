import type { Client } from 'pg';
import { EngineError } from '../engine-error.js';
import { saysNameUnknown, saysRelationGone } from '../postgres/connection/postgres-errors.js';

/**
 * What Odoo's database manager writes beside a dump and looks for when it loads one: versions, and the modules that are installed. Rejects with
 * `EngineError('export-unfit')` for a database that is not Odoo's, or as the database does.
 */
export async function odooManifest(client: Client, databaseName: string): Promise<Record<string, unknown>> {
  const { rows } = await client
    .query<{ name: string; version: string | null }>(
      `SELECT name::text, latest_version::text AS version FROM public.ir_module_module WHERE state = 'installed' ORDER BY name`,
    )
    .catch((error: unknown) => {
      throw saysRelationGone(error) || saysNameUnknown(error) ? notOdoo(error) : error;
    });
  const modules = Object.fromEntries(rows.map(({ name, version }) => [name, version]));
  // Of `17.0.1.3` the first two are Odoo's own.
  const [major, minor] = (modules['base'] ?? '').split('.');
  if (major === undefined || minor === undefined) throw notOdoo();
  const { rows: server } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const number = Number(server[0]!.server_version_num);
  const version = [Number.parseInt(major.replace('saas~', ''), 10), Number.parseInt(minor, 10)];
  return {
    odoo_dump: '1',
    db_name: databaseName,
    version: `${major}.${minor}`,
    version_info: [...version, 0, 'final', 0, ''],
    major_version: `${major}.${minor}`,
    pg_version: `${Math.floor(number / 10_000)}.${Math.floor((number % 10_000) / 100)}`,
    modules,
  };
}

function notOdoo(cause?: unknown): EngineError {
  return new EngineError(
    'export-unfit',
    'The database is not one of Odoo: nothing says which of its modules are installed. Export it in another layout.',
    { cause },
  );
}
