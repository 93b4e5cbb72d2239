import type pg from 'pg';
import { withConnection } from '../connection/connect.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import { type DatabaseLocale, readLocale } from './database-locale.js';
import { type DatabaseSession, readSessions, readReplicas, type Replica } from './database-sessions.js';
import { readProperties } from '../properties/database-properties.js';
import { firstThatConnects, readMaintenanceCandidates } from '../connection/maintenance-database.js';
import { readUncarriableSettings } from '../properties/uncarriable-settings.js';

/** Everything about a live database that decides whether and how it can be replaced. */
export interface DatabaseFacts extends DatabaseLocale {
  name: string;
  oid: number;
  owner: string;
  databaseBytes: number;
  serverVersion: string;
  major: number;
  tablespace: string;
  /** -1 is no limit, -2 a database left behind by an interrupted DROP. */
  connectionLimit: number;
  allowConnections: boolean;
  isTemplate: boolean;
  /** The server replays another one's changes and accepts none of its own. */
  isReplica: boolean;

  roleIsSuperuser: boolean;
  roleMayCreateDatabase: boolean;
  /** Whether the role may act as the owner: rename the database, and create another one for the same owner. */
  roleIsMemberOfOwner: boolean;
  /** Whether it may create a database where this one lies. */
  roleMayUseTablespace: boolean;
  /** Names of the database's own settings that the role could not put on another database. */
  uncarriableSettings: string[];

  /** Another database of the server the role can connect to, from which databases are renamed; null when there is none. */
  maintenanceDatabase: string | null;
  preparedTransactions: number;
  replicationSlots: string[];
  subscriptions: string[];
  replicas: Replica[];
  /** Lines of `pg_hba.conf` that name the database, where the role may see them. */
  accessRulesByName: string[];
  /** Everybody who is connected to the database, except for ourselves. */
  sessions: DatabaseSession[];
}

/** Gathers the facts, without changing or locking anything. Rejects with an `EngineError`, or with `signal.reason`. */
export async function gatherDatabaseFacts(
  address: DatabaseAddress,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<DatabaseFacts> {
  const { candidates, ...facts } = await withConnection(address, options, async (client) => ({
    ...(await readFacts(client)),
    candidates: await readMaintenanceCandidates(client),
  }));
  return { ...facts, maintenanceDatabase: await firstThatConnects(address, candidates, options) };
}

async function readFacts(client: pg.ClientBase): Promise<Omit<DatabaseFacts, 'maintenanceDatabase'>> {
  const { rows: versions } = await client.query<{ version: string; number: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number`,
  );
  const major = Math.floor(Number(versions[0]!.number) / 10_000);
  // Since PostgreSQL 16 acting as a role and inheriting its privileges are granted separately.
  const actAs = major >= 16 ? 'SET' : 'MEMBER';
  const { rows } = await client.query<
    Pick<
      DatabaseFacts,
      | 'name'
      | 'oid'
      | 'owner'
      | 'tablespace'
      | 'connectionLimit'
      | 'allowConnections'
      | 'isTemplate'
      | 'isReplica'
      | 'roleIsSuperuser'
      | 'roleMayCreateDatabase'
      | 'roleIsMemberOfOwner'
      | 'roleMayUseTablespace'
      | 'preparedTransactions'
      | 'replicationSlots'
      | 'subscriptions'
    > & { databaseBytes: string }
  >(
    `SELECT d.datname::text AS name, d.oid, pg_get_userbyid(d.datdba)::text AS owner, t.spcname::text AS tablespace,
            pg_database_size(d.oid) AS "databaseBytes", d.datconnlimit AS "connectionLimit",
            d.datallowconn AS "allowConnections", d.datistemplate AS "isTemplate", pg_is_in_recovery() AS "isReplica",
            r.rolsuper AS "roleIsSuperuser", r.rolsuper OR r.rolcreatedb AS "roleMayCreateDatabase",
            pg_has_role(d.datdba, 'USAGE') AND pg_has_role(d.datdba, '${actAs}') AS "roleIsMemberOfOwner",
            t.spcname = 'pg_default' OR has_tablespace_privilege(t.oid, 'CREATE') AS "roleMayUseTablespace",
            (SELECT count(*)::int FROM pg_prepared_xacts WHERE database = d.datname) AS "preparedTransactions",
            ARRAY(SELECT slot_name::text FROM pg_replication_slots WHERE datoid = d.oid ORDER BY 1) AS "replicationSlots",
            ARRAY(SELECT subname::text FROM pg_subscription WHERE subdbid = d.oid ORDER BY 1) AS subscriptions
     FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, pg_roles r
     WHERE d.datname = current_database() AND r.rolname = current_user`,
  );
  const row = rows[0]!;
  return {
    ...row,
    ...(await readLocale(client, major)),
    serverVersion: versions[0]!.version,
    major,
    databaseBytes: Number(row.databaseBytes),
    uncarriableSettings: await uncarriableNames(client, row.oid, major),
    replicas: await readReplicas(client),
    accessRulesByName: row.roleIsSuperuser ? await readAccessRules(client, row.name) : [],
    sessions: await readSessions(client, row.oid),
  };
}

/** A role that is gone has no settings any more: it is always a privilege that is missing. */
async function uncarriableNames(client: pg.ClientBase, oid: number, major: number): Promise<string[]> {
  const { settings } = await readProperties(client, oid);
  const uncarriable = await readUncarriableSettings(client, settings, major);
  return [...new Set(uncarriable.map(({ name }) => name))];
}

async function readAccessRules(client: pg.ClientBase, database: string): Promise<string[]> {
  const { rows } = await client.query<{ line: number }>(
    'SELECT line_number AS line FROM pg_hba_file_rules WHERE $1 = ANY(database) ORDER BY 1',
    [database],
  );
  return rows.map(({ line }) => `line ${line}`);
}
