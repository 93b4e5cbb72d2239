import type { Client } from 'pg';
import { words } from './ask.js';

type Add = (subject: string, words: string) => void;

const OWN = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'snapback') AND n.nspname !~ '^pg_(toast|temp)'`;
/** What shapes the text of a row, as PostgreSQL has it by default, and nothing that changes rows. */
const SETTINGS = `
  SET search_path = pg_catalog; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;
  SET bytea_output = 'hex'; SET TimeZone = 'UTC'; SET row_security = off; SET statement_timeout = 0; SET lc_monetary = 'C'`;

/** Partitions through their root: which one a row of a hashed enum lies in is not the row's doing. */
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS sql, c.relkind::text AS kind, c.relispopulated AS populated
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND ${OWN} ORDER BY 1`;
const PARTITIONS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS root,
         (SELECT count(*) FROM pg_partition_tree(c.oid)) AS tables
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'p' AND NOT c.relispartition AND ${OWN} ORDER BY 1`;
const SEQUENCES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS sql
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND ${OWN} ORDER BY 1`;
const LARGE_OBJECTS = `
  SELECT count(*) AS objects, sum(hashtextextended(concat_ws(' ', oid, md5(lo_get(oid)), obj_description(oid, 'pg_largeobject')), 0)) AS hash
    FROM pg_largeobject_metadata`;
const LARGE_OBJECT_ACCESS = `
  SELECT sum(hashtextextended(concat_ws(' ', oid, pg_get_userbyid(lomowner), lomacl), 0)) AS hash FROM pg_largeobject_metadata`;
const INDEXES = `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS sql
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am a ON a.oid = c.relam
   WHERE a.amname = 'btree' AND c.relkind = 'i' AND i.indisvalid AND c.relpersistence = 'p' AND ${OWN} ORDER BY 2`;

/** As a superuser: every row with its generated columns, sequences, large objects, and whether indexes hold every row. */
export async function describeData(client: Client, { elsewhere }: { elsewhere?: boolean }, add: Add): Promise<void> {
  await client.query(SETTINGS);
  const tables = await client.query<{ sql: string; kind: string; populated: boolean }>(TABLES);
  for (const { sql, kind, populated } of tables.rows) {
    if (populated) add(`rows of ${sql}`, await hashOfRows(client, sql, kind));
    else add(`rows of ${sql}`, 'not populated');
  }
  for (const { root, tables } of (await client.query<{ root: string; tables: string }>(PARTITIONS)).rows) {
    add(`partitions of ${root}`, tables);
  }
  for (const { sql } of (await client.query<{ sql: string }>(SEQUENCES)).rows) {
    const { rows } = await client.query(`SELECT last_value, is_called FROM ${sql}`);
    add(`sequence ${sql}`, JSON.stringify(rows[0]));
  }
  add('large objects', JSON.stringify((await client.query(LARGE_OBJECTS)).rows[0]));
  if (elsewhere !== true)
    add('access to large objects', JSON.stringify((await client.query(LARGE_OBJECT_ACCESS)).rows[0]));
  await checkIndexes(client, add);
}

/** The sum of the hashes of all rows does not depend on their order, and counts a row as often as it is there. */
async function hashOfRows(client: Client, sql: string, kind: string): Promise<string> {
  const query = `SELECT count(*) AS rows, sum(hashtextextended(("corpus row".*)::text, 0)) AS hash
                   FROM ${kind === 'p' ? '' : 'ONLY'} ${sql} "corpus row"`;
  const answer = await client
    .query<Record<string, string>>(query)
    .catch((error: unknown) => ({ rows: [words(error)] }));
  return JSON.stringify(answer.rows[0]);
}

/** An index that was built before its function's rows were there answers otherwise than a scan; nothing of it is kept. */
async function checkIndexes(client: Client, add: Add): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL session_replication_role = replica`);
    const { rows } = await client.query<{ nspname: string }>(
      `SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'amcheck'`,
    );
    if (rows.length === 0)
      await client.query(`CREATE SCHEMA corpus_amcheck; CREATE EXTENSION amcheck SCHEMA corpus_amcheck`);
    const schema = rows[0]?.nspname ?? 'corpus_amcheck';
    for (const { oid, sql } of (await client.query<{ oid: number; sql: string }>(INDEXES)).rows) {
      await client.query('SAVEPOINT one');
      try {
        await client.query(`SELECT "${schema}".bt_index_check(${oid}, true)`);
      } catch (error) {
        add(`index ${sql}`, words(error));
        await client.query('ROLLBACK TO SAVEPOINT one');
      }
      await client.query('RELEASE SAVEPOINT one');
    }
  } catch {
    // This server has no amcheck.
  } finally {
    await client.query('ROLLBACK');
  }
}
