import { mkdir, open, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlDatabase } from '../corpus-database.js';
import type { CorpusDatabase } from '../corpus-database.js';

const SPARSE_BYTES = 128 * 1024 * 1024;
const DAY_MS = 24 * 3600 * 1000;

const small = sqlDatabase({
  name: 'odd-files',
  about: 'files with holes, of tomorrow, with odd names, very deep, and links',
  sql: `CREATE TABLE own AS SELECT n FROM generate_series(1, 100) n`,
});

export const rowsAndFiles: CorpusDatabase[] = [
  sqlDatabase({
    name: 'chunk-boundary',
    about: 'a segment whose size as guessed is exactly the largest chunk',
    sql: `CREATE TABLE wide AS SELECT repeat('a', 100000) AS v FROM generate_series(1, 751);`,
  }),
  sqlDatabase({
    name: 'kinds-of-values',
    about: 'every built-in kind of value, quoted names, inheritance, large objects, identity, rules, policies',
    quick: 'owner',
    sql: `
      CREATE TYPE pair AS (a int, "B c" text);
      CREATE TABLE kinds (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b bool, i8 int8, n numeric, f float8, t text, c char(5),
        by bytea, ts timestamptz, iv interval, ip inet, mac macaddr, u uuid, j json, jb jsonb, x xml, p point, box box,
        r int4range, mr nummultirange, bits bit varying, v tsvector, q tsquery, a int[], pr pair, prs pair[], m money, tz timetz,
        doubled int8 GENERATED ALWAYS AS (i8 * 2) STORED);
      INSERT INTO kinds (b, i8, n, f, t, c, by, ts, iv, ip, mac, u, j, jb, x, p, box, r, mr, bits, v, q, a, pr, prs, m, tz)
        SELECT g % 2 = 0, g * 100000000::int8, g / 7.0, g * 1e-10, E'tab\\tnew\\nline \\\\. ' || g, 'c', decode(md5(g::text), 'hex'),
          '2026-01-01'::timestamptz + g * interval '1 hour', g * interval '1.5 day', '10.0.0.0'::inet + g, '08:00:2b:01:02:03',
          md5(g::text)::uuid, '{"a" :  1}', jsonb_build_object('g', g), '<a>1</a>', point(g, g), box(point(0, 0), point(g, 1)),
          int4range(g, g + 3), nummultirange(numrange(g, g + 1)), B'1011', to_tsvector('a b c'), to_tsquery('a & b'),
          ARRAY[g, NULL, 3], ROW(g, 'x,"y"')::pair, ARRAY[ROW(g, NULL)::pair], 1.5::numeric::money, '12:00+02'
        FROM generate_series(1, 2000) g;
      INSERT INTO kinds (f, n, ts) VALUES ('NaN', 'NaN', 'infinity'), ('-Infinity', 'Infinity', '-infinity');
      CREATE SCHEMA "Odd Schema"; CREATE TABLE "Odd Schema"."a ""table"" of 'names'" ("select" int PRIMARY KEY, "Ünï" text);
      INSERT INTO "Odd Schema"."a ""table"" of 'names'" SELECT n, 'ü' FROM generate_series(1, 50) n;
      CREATE TABLE parent (n int, t text); CREATE TABLE child (extra int) INHERITS (parent);
      INSERT INTO parent SELECT n, 'p' FROM generate_series(1, 100) n; INSERT INTO child SELECT n, 'c', n FROM generate_series(1, 100) n;
      CREATE TABLE narrowed (a int, gone int, b text, also_gone text, c int DEFAULT 7);
      INSERT INTO narrowed SELECT n, n, 'b', 'x' FROM generate_series(1, 100) n;
      ALTER TABLE narrowed DROP COLUMN gone; ALTER TABLE narrowed DROP COLUMN also_gone; ALTER TABLE narrowed ADD d int DEFAULT 9;
      CREATE UNLOGGED TABLE fast AS SELECT n FROM generate_series(1, 100) n;
      CREATE TABLE empty_one (n int); CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES;
      CREATE TABLE secret (n int, owner text); ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own_only ON secret USING (owner = current_user);
      CREATE RULE no_delete AS ON DELETE TO empty_one DO INSTEAD NOTHING;
      CREATE SEQUENCE odd_steps INCREMENT -3 MINVALUE -1000 MAXVALUE 10 START 10; SELECT nextval('odd_steps'), nextval('odd_steps');
      SELECT lo_from_bytea(0, decode(repeat('ab', n * 1000), 'hex')) FROM generate_series(1, 20) n;
      CREATE COLLATION odd_collation FROM "C"; CREATE TABLE collated (t text COLLATE odd_collation UNIQUE);
      CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
      CREATE AGGREGATE total_of (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
      CREATE TEXT SEARCH CONFIGURATION odd_search (COPY = simple);
      CREATE TABLE self_ref (id int PRIMARY KEY, parent int REFERENCES self_ref); INSERT INTO self_ref VALUES (1, 2), (2, 1);
      CREATE TABLE one (id int PRIMARY KEY, other int); CREATE TABLE two (id int PRIMARY KEY, other int REFERENCES one DEFERRABLE);
      ALTER TABLE one ADD FOREIGN KEY (other) REFERENCES two DEFERRABLE INITIALLY DEFERRED;
      BEGIN; INSERT INTO one VALUES (1, 1); INSERT INTO two VALUES (1, 1); COMMIT;
      COMMENT ON TABLE kinds IS 'with a comment'; COMMENT ON COLUMN kinds.t IS 'and a column';
      GRANT SELECT ON kinds TO PUBLIC; ALTER TABLE kinds ALTER t SET STATISTICS 500; ALTER TABLE kinds CLUSTER ON kinds_pkey;`,
  }),
  {
    ...small,
    async build(place) {
      await small.build(place);
      const { files } = place;
      const sparse = await open(join(files, 'sparse'), 'w');
      await sparse.write('data', 100 * 1024 * 1024);
      await sparse.close();
      await truncate(join(files, 'sparse'), SPARSE_BYTES);
      await writeFile(join(files, 'of tomorrow'), 'early');
      await utimes(join(files, 'of tomorrow'), new Date(), new Date(Date.now() + DAY_MS));
      for (const name of ['new\nline', 'tab\t', '-rf', '*', 'ü', 'quote\'"', '.hidden', ' '])
        await writeFile(join(files, name), name);
      await writeFile(Buffer.concat([Buffer.from(`${files}/`), Buffer.from([0xff, 0xfe, 0x80])]), 'no UTF-8');
      let deep = files;
      for (let level = 0; level < 60; level += 1) deep = join(deep, 'a-directory-with-a-long-name');
      await mkdir(deep, { recursive: true });
      await writeFile(join(deep, 'file'), 'deep');
      await symlink('/nowhere', join(files, 'link'));
      await mkdir(join(files, 'empty'));
    },
  },
];
