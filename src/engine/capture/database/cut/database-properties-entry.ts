import type pg from 'pg';
import type { DatabasePropertiesEntry } from '../../../../vault/manifests/manifest-database.js';
import { readLocale } from '../../../postgres/databases/database-locale.js';

/** What belongs to the database the client is connected to, and to nothing in it. */
export async function readPropertiesEntry(client: pg.ClientBase, major: number): Promise<DatabasePropertiesEntry> {
  const locale = await readLocale(client, major);
  const { rows } = await client.query<{
    owner: string;
    privileges: string[] | null;
    comment: string | null;
    connectionLimit: number;
  }>(
    `SELECT pg_catalog.pg_get_userbyid(datdba)::text AS owner, datacl::text[] AS privileges,
            pg_catalog.shobj_description(oid, 'pg_database') AS comment, datconnlimit AS "connectionLimit"
     FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  const { rows: settings } = await client.query<{ role: string; setting: string }>(
    `SELECT CASE WHEN s.setrole = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(s.setrole)::text END AS role, entry AS setting
     FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase,
          pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS entries (entry, place)
     WHERE d.datname = pg_catalog.current_database() ORDER BY 1, entries.place`,
  );
  const { owner, privileges, comment, connectionLimit } = rows[0]!;
  return {
    encoding: locale.encoding,
    localeProvider: locale.localeProvider,
    collate: locale.collate,
    ctype: locale.ctype,
    ...(locale.providerLocale !== null && { locale: locale.providerLocale }),
    owner,
    ...(privileges && { privileges }),
    settings,
    comment,
    connectionLimit,
  };
}
