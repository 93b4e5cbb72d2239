import { appendFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { connected } from './ask.js';
import type { Place } from './place.js';

/** Of so many tables at most; a corpus is no soak test. */
const CHANGED_TABLES = 40;
const DAMAGED_TABLES = 60;

const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS sql, c.relkind::text AS kind,
         (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '') AS columns,
         (SELECT quote_ident(a.attname) FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
           ORDER BY a.attnum DESC LIMIT 1) AS "last"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_'
     AND n.nspname NOT IN ('information_schema', 'snapback')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
   ORDER BY hashtextextended(c.relname, 7)`;

interface Table {
  sql: string;
  kind: string;
  columns: string | null;
  last: string | null;
}

/** Whatever an application does to any tables: rows that go, rows written again, rows that come. Files too. */
export async function changeSomething(place: Place, untouched: readonly string[] = []): Promise<void> {
  await connected(place.superuserAddress, async (client) => {
    const { rows } = await client.query<Table>(TABLES);
    const changed = rows.filter(({ sql }) => !untouched.includes(sql)).slice(0, CHANGED_TABLES);
    for (const { sql, columns, last } of changed) {
      await tried(client, `DELETE FROM ${sql} WHERE random() < 0.02`);
      if (last !== null) await tried(client, `UPDATE ${sql} SET ${last} = ${last} WHERE random() < 0.05`);
      if (columns !== null)
        await tried(client, `INSERT INTO ${sql} (${columns}) SELECT ${columns} FROM ${sql} WHERE random() < 0.02`);
    }
  });
  await changeFiles(place.files);
}

/** Whatever a broken deployment does: tables dropped, emptied, halved and changed, others in their place, files gone and overwritten. */
export async function damageEverything(place: Place): Promise<void> {
  await connected(place.superuserAddress, async (client) => {
    const { rows } = await client.query<Table>(TABLES);
    for (const [index, { sql, last }] of rows.slice(0, DAMAGED_TABLES).entries()) {
      if (index % 4 === 0) await tried(client, `DROP TABLE ${sql} CASCADE`);
      if (index % 4 === 1) await tried(client, `TRUNCATE ${sql} CASCADE`);
      if (index % 4 === 2) await tried(client, `DELETE FROM ${sql} WHERE random() < 0.5`);
      if (last !== null) await tried(client, `ALTER TABLE ${sql} RENAME COLUMN ${last} TO broken_by_migration`);
    }
    await tried(client, `CREATE TABLE public.of_the_broken_deployment AS SELECT generate_series(1, 1000) AS n`);
    await tried(client, `ALTER TABLE public.of_the_broken_deployment OWNER TO ${place.id}`);
    await tried(client, `DROP VIEW IF EXISTS ${await names(client, 'v')} CASCADE`);
    await tried(client, `DROP MATERIALIZED VIEW IF EXISTS ${await names(client, 'm')} CASCADE`);
    await tried(client, `SELECT lo_unlink(oid) FROM pg_largeobject_metadata WHERE oid % 2 = 0`);
  });
  await changeFiles(place.files);
  await writeFile(join(place.files, 'of the broken deployment'), 'x'.repeat(10_000));
}

async function names(client: Client, kind: string): Promise<string> {
  const { rows } = await client.query<{ names: string | null }>(
    `SELECT string_agg(sql, ', ') AS names FROM (
       SELECT format('%I.%I', n.nspname, c.relname) AS sql FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = $1 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1 LIMIT 20) chosen`,
    [kind],
  );
  return rows[0]?.names ?? 'nothing_there';
}

/** Some tables do not allow it: a key, a check, a trigger. */
async function tried(client: Client, sql: string): Promise<void> {
  await client.query(sql).catch(() => undefined);
}

/** Every third entry of the top level goes, every third file is appended to, one directory comes. */
async function changeFiles(root: string): Promise<void> {
  for (const [index, entry] of (await readdir(root, { withFileTypes: true })).entries()) {
    const path = join(root, entry.name);
    if (index % 3 === 0) await rm(path, { recursive: true });
    else if (index % 3 === 1 && entry.isFile()) await appendFile(path, 'changed');
  }
  await mkdir(join(root, 'new'), { recursive: true });
  await writeFile(join(root, 'new', `${Math.random()}`), 'new');
}
