import type pg from 'pg';
import { readServerRoles, type ServerRoles } from '../description/server-roles.js';
import { readUncarriableSettings } from '../properties/uncarriable-settings.js';
import { localeOf } from './read-requirements.js';
import type { DatabaseRequirements } from './requirements.js';

/** What a server offers and our role may do there, as far as a database's requirements ask for it. */
export interface Abilities {
  roles: ServerRoles;
  /**
   * Our role is the administrator of a provider's server, who may create some of what PostgreSQL keeps for superusers; which,
   * the catalogues do not say.
   */
  isManagedAdmin: boolean;
  /** By extension. */
  extensions: ReadonlyMap<string, readonly OfferedVersion[]>;
  /** Those that are there, and whether the role may create in them. */
  tablespaces: ReadonlyMap<string, boolean>;
  /** By `provider locale`: the library's version, null where it has none. */
  collations: ReadonlyMap<string, string | null>;
  /** Of the database itself. */
  databaseLocale: { provider: string; locale: string; version: string | null } | null;
  /** Whether the server has any collation of ICU. */
  hasIcu: boolean;
  /** Of the parameters that functions set: those it may not set. */
  deniedParameters: ReadonlySet<string>;
}

export interface OfferedVersion {
  version: string;
  superuser: boolean;
  trusted: boolean;
  isDefault: boolean;
}

/** The administrators of providers' servers: extended by them so that they can do more than PostgreSQL says. */
const MANAGED_ADMINS = [
  'rds_superuser',
  'cloudsqlsuperuser',
  'alloydbsuperuser',
  'azure_pg_admin',
  'neon_superuser',
  'supabase_admin',
];

const PROVIDERS: Readonly<Record<string, string>> = { i: 'icu', b: 'builtin', c: 'libc' };

/**
 * Looks at the server the client is connected to, in the database that is to be replaced, as the role that will restore.
 * Changes nothing. Rejects with the driver's error.
 */
export async function readAbilities(
  client: pg.ClientBase,
  { major, requirements }: { major: number; requirements: DatabaseRequirements },
): Promise<Abilities> {
  const roles = await readServerRoles(client, major);
  const parameters = requirements.parameters.map(({ name }) => ({ role: null, name }));
  const denied = await readUncarriableSettings(client, parameters, major);
  return {
    roles,
    isManagedAdmin: !roles.isSuperuser && MANAGED_ADMINS.some((admin) => roles.inherited.has(admin)),
    extensions: await readOffered(client, requirements),
    tablespaces: await readTablespaces(client, requirements),
    ...(await readCollations(client, major, requirements)),
    deniedParameters: new Set(denied.map(({ name }) => name)),
  };
}

async function readOffered(
  client: pg.ClientBase,
  { extensions }: DatabaseRequirements,
): Promise<Map<string, OfferedVersion[]>> {
  const offered = new Map<string, OfferedVersion[]>();
  if (extensions.length === 0) return offered;
  const { rows } = await client.query<OfferedVersion & { name: string }>(
    `SELECT v.name::pg_catalog.text, v.version, v.superuser, v.trusted, v.version = a.default_version AS "isDefault"
     FROM pg_catalog.pg_available_extension_versions v JOIN pg_catalog.pg_available_extensions a ON a.name = v.name
     WHERE v.name = ANY ($1)`,
    [extensions.map(({ name }) => name)],
  );
  for (const { name, ...version } of rows) offered.set(name, [...(offered.get(name) ?? []), version]);
  return offered;
}

async function readTablespaces(
  client: pg.ClientBase,
  { tablespaces }: DatabaseRequirements,
): Promise<Map<string, boolean>> {
  const { rows } = await client.query<{ name: string; usable: boolean }>(
    `SELECT spcname::pg_catalog.text AS name, pg_catalog.has_tablespace_privilege(oid, 'CREATE') AS usable
     FROM pg_catalog.pg_tablespace WHERE spcname = ANY ($1)`,
    [tablespaces.map(({ name }) => name)],
  );
  return new Map(rows.map(({ name, usable }) => [name, usable]));
}

async function readCollations(
  client: pg.ClientBase,
  major: number,
  requirements: DatabaseRequirements,
): Promise<Pick<Abilities, 'collations' | 'databaseLocale' | 'hasIcu'>> {
  const { rows } = await client.query<{ provider: string; locale: string; version: string | null }>(
    `SELECT DISTINCT c.collprovider::pg_catalog.text AS provider, ${localeOf('c', 'coll')} AS locale,
            pg_catalog.pg_collation_actual_version(c.oid) AS version
     FROM pg_catalog.pg_collation c WHERE ${localeOf('c', 'coll')} = ANY ($1)`,
    [requirements.collations.map(({ locale }) => locale)],
  );
  const { rows: icu } = await client.query(`SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i' LIMIT 1`);
  const { rows: own } = await client.query<{ provider: string; locale: string; version: string | null }>(
    major >= 15
      ? `SELECT pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS provider, ${localeOf('d', 'dat')} AS locale,
                pg_catalog.pg_database_collation_actual_version(d.oid) AS version
         FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`
      : 'SELECT WHERE false',
  );
  const providerOf = ({ provider }: { provider: string }) => PROVIDERS[provider] ?? provider;
  return {
    collations: new Map(rows.map((row) => [`${providerOf(row)} ${row.locale}`, row.version])),
    databaseLocale: own[0] ? { ...own[0], provider: providerOf(own[0]) } : null,
    hasIcu: icu.length > 0,
  };
}
