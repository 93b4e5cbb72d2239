import { Client, escapeIdentifier } from 'pg';
import { dumpDefinitions } from './definitions.js';

export interface TableFingerprint {
  rows: number;
  /** A hash of all rows, whatever their order. */
  hash: string;
}

export interface DatabaseFingerprint {
  /** Owner, encoding, locale, privileges and settings of the database itself. */
  properties: Map<string, string>;
  /** The text of each definition pg_dump knows, by its name. */
  definitions: Map<string, string>;
  /** By schema-qualified name. */
  tables: Map<string, TableFingerprint>;
  /** The state of each sequence, by schema-qualified name. */
  sequences: Map<string, string>;
  /** A hash of each large object, by its number. */
  largeObjects: Map<string, string>;
}

/** @param url connection URL of a role that may read everything in the database */
export async function fingerprintDatabase(url: string): Promise<DatabaseFingerprint> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`${PLAIN_TEXT_FORM}; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`);
    return {
      properties: await properties(client),
      tables: await tables(client),
      sequences: await sequences(client),
      largeObjects: await largeObjects(client),
      definitions: await dumpDefinitions(url),
    };
  } finally {
    await client.end();
  }
}

/** How values look as text depends on these; a role or a database may have set them otherwise. */
const PLAIN_TEXT_FORM = `SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET timezone = 'UTC';
  SET extra_float_digits = 3; SET bytea_output = 'hex'; SET xmloption = 'content'; SET lc_monetary = 'C'; SET search_path = ''`;

const USER_SCHEMAS = `namespace.nspname <> 'information_schema' AND namespace.nspname NOT LIKE 'pg\\_%'`;

async function tables(client: Client): Promise<Map<string, TableFingerprint>> {
  const found = new Map<string, TableFingerprint>();
  for (const { schema, name } of await relations(client, ['r', 'm'])) {
    const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
    found.set(`${schema}.${name}`, await hashOf(client, `SELECT md5(ROW(t.*)::text) AS hash FROM ONLY ${table} AS t`));
  }
  return found;
}

async function sequences(client: Client): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { schema, name } of await relations(client, ['S'])) {
    const sequence = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
    const { rows } = await client.query<{ state: string }>(
      `SELECT last_value || CASE WHEN is_called THEN ' (used)' ELSE ' (not used)' END AS state FROM ${sequence}`,
    );
    found.set(`${schema}.${name}`, rows[0]?.state ?? '');
  }
  return found;
}

async function relations(client: Client, kinds: string[]): Promise<{ schema: string; name: string }[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT namespace.nspname AS schema, relation.relname AS name
     FROM pg_class AS relation JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
     WHERE relation.relkind = ANY ($1::"char"[]) AND ${USER_SCHEMAS} ORDER BY 1, 2`,
    [kinds],
  );
  return rows;
}

/** `rowHashes` selects one column `hash`; sorted, they no longer depend on where the rows lie. */
async function hashOf(client: Client, rowHashes: string): Promise<TableFingerprint> {
  const { rows } = await client.query<{ rows: string; hash: string | null }>(
    `SELECT count(*) AS rows, md5(string_agg(hash, '' ORDER BY hash COLLATE "C")) AS hash FROM (${rowHashes}) AS hashed`,
  );
  return { rows: Number(rows[0]?.rows), hash: rows[0]?.hash ?? '' };
}

async function largeObjects(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ oid: number; hash: string }>(
    'SELECT oid, md5(lo_get(oid)) AS hash FROM pg_largeobject_metadata',
  );
  return new Map(rows.map(({ oid, hash }) => [String(oid), hash]));
}

async function properties(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; value: string | null }>(`
    SELECT property.name, property.value
    FROM pg_database AS this,
    LATERAL (VALUES
      ('owner', pg_get_userbyid(datdba)::text),
      ('encoding', pg_encoding_to_char(encoding)::text),
      ('collation', datcollate::text),
      ('character type', datctype::text),
      ('connection limit', datconnlimit::text),
      ('comment', shobj_description(this.oid, 'pg_database')),
      ('privileges', (SELECT string_agg(item::text, ', ' ORDER BY item::text) FROM unnest(coalesce(datacl, acldefault('d', datdba))) AS item)),
      ('settings', (
        SELECT string_agg(CASE setrole WHEN 0 THEN 'all' ELSE setrole::regrole::text END || ': ' || setconfig::text, '; ' ORDER BY setrole::regrole::text)
        FROM pg_db_role_setting WHERE setdatabase = this.oid))
    ) AS property (name, value)
    WHERE this.datname = current_database()`);
  return new Map(rows.map(({ name, value }) => [name, value ?? '']));
}
