import type { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openConnection, type OpenConnection } from '../../../../src/engine/postgres/connection/connect.js';
import type { DescribedObject } from '../../../../src/engine/postgres/description/described-object.js';
import { readServerRoles, type ServerRoles } from '../../../../src/engine/postgres/description/server-roles.js';
import { READING_SETTINGS } from '../../../../src/engine/postgres/connection/session-settings.js';
import { sampleOf } from '../../../harness/thorough.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { uniqueName } from '../restore-database/restore-fixture.js';
import { compared, describedBy, major } from './description-fixture.js';
import { everything } from './everything.js';

let database: TestDatabase;
let connection: OpenConnection;
let reader: string;
let roles: ServerRoles;
let before: DescribedObject[];

beforeAll(async () => {
  database = await createTestDatabase();
  reader = uniqueName('reader');
  await query(database.admin, `CREATE ROLE ${reader}`);
  await query(database.admin, everything({ owner: database.address.user, reader }));
  connection = await openConnection(database.admin, { settings: READING_SETTINGS });
  roles = await readServerRoles(client(), major);
  before = await inTransaction(async () => describedBy(client()));
});

afterAll(async () => {
  await connection.close();
  await query(database.admin, `DROP SUBSCRIPTION sub`);
  await query(database.admin, `DROP OWNED BY ${reader}`);
  await database.drop();
  await query({ ...database.admin, database: 'postgres' }, `DROP ROLE ${reader}`);
});

const client = (): Client => connection.client;

async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
  await client().query('BEGIN');
  try {
    return await work();
  } finally {
    await client().query('ROLLBACK');
  }
}

/** What is said to differ after the SQL, which stays in a transaction of its own. */
async function differencesAfter(sql: string): Promise<{ names: string[]; details: string }> {
  const after = await inTransaction(async () => {
    await client().query(sql.replaceAll('{reader}', reader).replaceAll('{owner}', database.address.user));
    await client().query(`SET search_path = ''`);
    return describedBy(client());
  });
  const { differences, total } = await compared(before, after, roles);
  expect(total).toBe(differences.length);
  return {
    names: differences.map(({ kind, name, aspect }) => `${aspect} ${kind} ${name}`.replaceAll(reader, '{reader}')),
    details: differences.map(({ detail }) => detail).join('\n'),
  };
}

const customer = 'table "app"."customer"';
const twice = 'function "app"."twice"(integer)';

/** What is done, what is named, and what its sentence has. */
const MUTATIONS: [sql: string, named: string | string[], said?: string][] = [
  ['ALTER FUNCTION app.twice(int) VOLATILE', `definition ${twice}`, 'volatility: immutable → volatile'],
  ['ALTER FUNCTION app.twice(int) STRICT', `definition ${twice}`, 'strict: none → yes'],
  ['ALTER FUNCTION app.twice(int) PARALLEL UNSAFE', `definition ${twice}`, 'parallel: safe → unsafe'],
  ['ALTER FUNCTION app.twice(int) COST 8', `definition ${twice}`, 'cost: 7 → 8'],
  ['ALTER FUNCTION app.twice(int) SECURITY DEFINER', `definition ${twice}`],
  ['ALTER FUNCTION app.twice(int) LEAKPROOF', `definition ${twice}`],
  [`ALTER FUNCTION app.twice(int) SET work_mem = '1MB'`, `definition ${twice}`],
  [`COMMENT ON FUNCTION app.twice(int) IS 'halves'`, `comment ${twice}`, 'doubles → halves'],
  ['ALTER FUNCTION app.twice(int) OWNER TO {owner}', `owner ${twice}`],
  ['GRANT EXECUTE ON FUNCTION app.twice(int) TO PUBLIC', `privileges ${twice}`, 'EXECUTE for PUBLIC was not there'],
  ['REVOKE EXECUTE ON FUNCTION app.twice(int) FROM {reader}', `privileges ${twice}`, 'is missing'],
  ['GRANT EXECUTE ON FUNCTION app.twice(int) TO {reader} WITH GRANT OPTION', `privileges ${twice}`, 'grant option'],
  [
    `CREATE OR REPLACE FUNCTION app.twice(int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 7 AS 'SELECT 3 * $1'`,
    `definition ${twice}`,
    'source differ',
  ],
  [
    'CREATE OR REPLACE FUNCTION app.body(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT $1 + 2; END',
    'definition function "app"."body"(integer)',
  ],
  ['DROP FUNCTION app.place()', 'missing function "app"."place"()'],
  [
    'CREATE FUNCTION app.place(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'unexpected function "app"."place"(integer)',
  ],
  ['ALTER PROCEDURE app.act(int, text) SECURITY DEFINER', 'definition function "app"."act"(integer, text)'],
  ['ALTER AGGREGATE app.total(int) OWNER TO postgres', 'owner function "app"."total"(integer)'],
  [
    `DROP AGGREGATE app.total(int); CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '1', COMBINEFUNC = int4pl, PARALLEL = safe);
     ALTER AGGREGATE app.total(int) OWNER TO {owner}`,
    'definition function "app"."total"(integer)',
    'initial: 0 → 1',
  ],
  [
    'ALTER FUNCTION public.unaccent(text) STABLE',
    'extension-member function "public"."unaccent"(text)',
    'volatility: immutable → stable',
  ],
  [
    'ALTER EXTENSION unaccent DROP FUNCTION public.unaccent(text)',
    'extension-member function "public"."unaccent"(text)',
    'extension: unaccent → none',
  ],
  ['REVOKE EXECUTE ON FUNCTION public.unaccent(text) FROM PUBLIC', 'privileges function "public"."unaccent"(text)'],
  [
    'GRANT EXECUTE ON FUNCTION public.hstore(text, text) TO PUBLIC',
    'privileges function "public"."hstore"(text, text)',
  ],
  [
    'GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) TO PUBLIC',
    'privileges function "pg_catalog"."pg_sleep"(double precision)',
  ],
  ['REVOKE EXECUTE ON FUNCTION pg_catalog.now() FROM PUBLIC', 'privileges function "pg_catalog"."now"()'],
  ['REVOKE SELECT ON pg_catalog.pg_authid FROM {reader}', 'privileges table "pg_catalog"."pg_authid"'],
  [
    'GRANT SELECT (umoptions) ON pg_catalog.pg_user_mapping TO {reader}',
    'privileges table "pg_catalog"."pg_user_mapping"',
  ],
  [
    `UPDATE pg_catalog.pg_extension SET extversion = '0.9' WHERE extname = 'hstore'`,
    'version extension "hstore"',
    '→ 0.9',
  ],
  [`COMMENT ON EXTENSION hstore IS NULL`, 'comment extension "hstore"', 'pairs → none'],
  ['CREATE SCHEMA more', 'unexpected schema "more"'],
  ['COMMENT ON SCHEMA public IS NULL', 'comment schema "public"'],
  ['REVOKE USAGE ON SCHEMA app FROM {reader}', 'privileges schema "app"'],
  ['ALTER SCHEMA app OWNER TO postgres', 'owner schema "app"'],
  [`ALTER TYPE app.state ADD VALUE 'later' BEFORE 'done'`, 'definition type "app"."state"', 'labels'],
  [
    `ALTER TYPE app.state RENAME VALUE 'new' TO 'fresh'`,
    ['definition type "app"."state"', 'definition table "app"."customer"'],
  ],
  ['GRANT USAGE ON TYPE app.state TO PUBLIC', 'privileges type "app"."state"'],
  ['ALTER DOMAIN app.positive DROP NOT NULL', 'definition type "app"."positive"', 'not null: yes → none'],
  ['ALTER DOMAIN app.positive SET DEFAULT 2', 'definition type "app"."positive"', 'default: 1 → 2'],
  ['ALTER DOMAIN app.positive VALIDATE CONSTRAINT below', 'definition type "app"."positive"', 'constraint below'],
  [
    `COMMENT ON CONSTRAINT above ON DOMAIN app.positive IS 'x'`,
    'definition type "app"."positive"',
    'comment: none → x',
  ],
  [
    `ALTER TABLE app.refers ALTER id TYPE bigint`,
    'definition table "app"."refers"',
    'column id, type: integer → bigint',
  ],
  ['ALTER TABLE app.customer ADD more int', `definition ${customer}`, 'column more is new'],
  ['ALTER TABLE app.customer DROP extra', `definition ${customer}`, 'column extra is missing'],
  ['ALTER TABLE app.customer ALTER state DROP DEFAULT', `definition ${customer}`, 'column state, default'],
  ['ALTER TABLE app.customer ALTER note SET NOT NULL', `definition ${customer}`, 'column note, not null'],
  ['ALTER TABLE app.customer ALTER total DROP EXPRESSION', `definition ${customer}`, 'column total, generated'],
  [
    'ALTER TABLE app.customer ALTER id SET GENERATED BY DEFAULT',
    `definition ${customer}`,
    'identity: always → by default',
  ],
  ['ALTER TABLE app.customer ALTER note SET STORAGE MAIN', `definition ${customer}`, 'external → main'],
  ['ALTER TABLE app.customer ALTER note SET COMPRESSION DEFAULT', `definition ${customer}`, 'compression'],
  ['ALTER TABLE app.customer ALTER name SET STATISTICS 51', `definition ${customer}`, 'statistics: 50 → 51'],
  ['ALTER TABLE app.customer ALTER number RESET (n_distinct)', `definition ${customer}`, 'options'],
  ['ALTER TABLE app.customer SET (fillfactor = 71)', `definition ${customer}`, 'fillfactor=70'],
  ['ALTER TABLE app.customer RESET (toast.autovacuum_enabled)', `definition ${customer}`, 'toast options'],
  ['ALTER TABLE app.customer NO FORCE ROW LEVEL SECURITY', `definition ${customer}`, 'force row security'],
  ['ALTER TABLE app.customer DISABLE ROW LEVEL SECURITY', `definition ${customer}`],
  [`COMMENT ON COLUMN app.customer.name IS 'else'`, `definition ${customer}`, 'as it is written → else'],
  [`COMMENT ON TABLE app.customer IS 'else'`, `comment ${customer}`],
  ['GRANT SELECT (price) ON app.customer TO {reader}', `privileges ${customer}`, 'SELECT of column price for reader'],
  [
    'REVOKE GRANT OPTION FOR UPDATE (price) ON app.customer FROM {reader}',
    `privileges ${customer}`,
    'UPDATE of column price',
  ],
  ['GRANT TRUNCATE ON app.customer TO {owner}', `privileges ${customer}`, 'TRUNCATE for'],
  ['ALTER TABLE app.scratch SET LOGGED', 'definition table "app"."scratch"', 'unlogged → none'],
  ['ALTER TABLE app.scratch SET ACCESS METHOD heap', 'definition table "app"."scratch"', 'access method'],
  ['ALTER TABLE app.child NO INHERIT app.parent', 'definition table "app"."child"', 'parents'],
  [
    'ALTER TABLE app.plain_events DETACH PARTITION app.events_2',
    [
      'definition table "app"."events_2"',
      'definition index "app"."events_2_at_idx"',
      'definition index "app"."events_2_pkey"',
      'definition constraint "events_2_pkey" ON "app"."events_2"',
    ],
  ],
  ['ALTER SEQUENCE app.counter INCREMENT 3', 'definition sequence "app"."counter"', 'increment: 2 → 3'],
  [
    'ALTER SEQUENCE app.customer_number_seq OWNED BY NONE',
    'definition sequence "app"."customer_number_seq"',
    'owned by',
  ],
  ['ALTER INDEX app.orders_lower SET (fillfactor = 61)', 'definition index "app"."orders_lower"', '60'],
  ['ALTER TABLE app.customer SET WITHOUT CLUSTER', 'definition index "app"."customer_pkey"', 'clustered'],
  ['ALTER INDEX app.orders_lower ALTER COLUMN 1 SET STATISTICS 78', 'definition index "app"."orders_lower"', '77'],
  [`COMMENT ON INDEX app.orders_lower IS NULL`, 'comment index "app"."orders_lower"'],
  [
    'ALTER INDEX app.orders_lower DEPENDS ON EXTENSION hstore',
    'definition index "app"."orders_lower"',
    'depends on extensions',
  ],
  ['DROP INDEX app.summary_kind', 'missing index "app"."summary_kind"'],
  [
    "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'app.orders_lower'::regclass",
    'definition index "app"."orders_lower"',
    'invalid',
  ],
  [
    'ALTER TABLE app."Order" VALIDATE CONSTRAINT later',
    'definition constraint "later" ON "app"."Order"',
    'not validated',
  ],
  [
    'ALTER TABLE app."Order" DISABLE TRIGGER ALL',
    ['definition constraint "Order_customer_fkey" ON "app"."Order"', 'definition trigger "checked" ON "app"."Order"'],
    'disabled',
  ],
  ['COMMENT ON CONSTRAINT named ON app.customer IS NULL', 'comment constraint "named" ON "app"."customer"'],
  [
    'ALTER TABLE app.customer ENABLE TRIGGER touched',
    'definition trigger "touched" ON "app"."customer"',
    'enabled: disabled → none',
  ],
  ['ALTER TABLE app.events_1 DISABLE TRIGGER of_partitions', 'unexpected trigger "of_partitions" ON "app"."events_1"'],
  ['ALTER TABLE app.parent DISABLE RULE no_delete', 'definition rule "no_delete" ON "app"."parent"'],
  ["ALTER POLICY seen ON app.customer USING (kind = 'b')", 'definition policy "seen" ON "app"."customer"', 'using'],
  ['ALTER POLICY seen ON app.customer TO PUBLIC', 'definition policy "seen" ON "app"."customer"', 'everybody'],
  [
    'CREATE OR REPLACE VIEW app.customers WITH (security_barrier = false) AS SELECT c.id, c.name, c.kind FROM app.customer c',
    'definition view "app"."customers"',
    'query',
  ],
  ['ALTER VIEW app.customers ALTER name DROP DEFAULT', 'definition view "app"."customers"'],
  ['ALTER MATERIALIZED VIEW app.summary SET (fillfactor = 81)', 'definition materialized view "app"."summary"'],
  [
    "ALTER FOREIGN TABLE app.elsewhere OPTIONS (SET password 'three')",
    'definition foreign table "app"."elsewhere"',
    'foreign options differ: password',
  ],
  ["ALTER SERVER far OPTIONS (SET host 'other.test')", 'definition server "far"', 'foreign options differ: host'],
  [
    "ALTER USER MAPPING FOR {owner} SERVER far OPTIONS (SET password 'secret two')",
    'mapping',
    'foreign options differ: password',
  ],
  ['REVOKE USAGE ON FOREIGN SERVER far FROM {reader}', 'privileges server "far"'],
  ['ALTER FOREIGN DATA WRAPPER wrapper OPTIONS (DROP debug)', 'definition foreign data wrapper "wrapper"'],
  ['REVOKE USAGE ON LANGUAGE own_language FROM PUBLIC', 'privileges language "own_language"'],
  [
    'ALTER OPERATOR app.< (app.own_int, app.own_int) SET (RESTRICT = NONE)',
    'definition operator "app".< (app.own_int, app.own_int)',
  ],
  [
    'ALTER OPERATOR FAMILY app.own_family USING btree ADD FUNCTION 4 (app.own_int) btequalimage(oid)',
    'definition operator family "app"."own_family" USING "btree"',
  ],
  [
    'ALTER OPERATOR CLASS app.own_class USING btree OWNER TO {owner}',
    'owner operator class "app"."own_class" USING "btree"',
  ],
  ['DROP CAST (app.pair AS text)', 'missing cast (app.pair AS text)'],
  ['DROP TRANSFORM FOR app.own_int LANGUAGE own_language', 'missing transform FOR app.own_int LANGUAGE "own_language"'],
  ['ALTER CONVERSION app.turn OWNER TO {owner}', 'owner conversion "app"."turn"'],
  [
    'ALTER COLLATION app.plain RENAME TO plainer',
    ['missing collation "app"."plain"', 'unexpected collation "app"."plainer"'],
  ],
  [
    'ALTER TEXT SEARCH DICTIONARY app.dictionary (accept = false)',
    'definition text search dictionary "app"."dictionary"',
  ],
  [
    'ALTER TEXT SEARCH CONFIGURATION app.configuration DROP MAPPING FOR word',
    'definition text search configuration "app"."configuration"',
  ],
  ['ALTER STATISTICS app.dependent SET STATISTICS 34', 'definition statistics "app"."dependent"', 'target: 33 → 34'],
  ['ALTER EVENT TRIGGER told ENABLE', 'definition event trigger "told"', 'enabled: disabled → none'],
  ["ALTER PUBLICATION news SET (publish = 'insert, update')", 'definition publication "news"', 'update'],
  ['ALTER PUBLICATION news SET TABLE app.customer (id), TABLE app.parent', 'definition publication "news"', 'tables'],
  ['ALTER PUBLICATION whole DROP TABLES IN SCHEMA "Odd ""schema"""', 'definition publication "whole"', 'schemas'],
  ['ALTER SUBSCRIPTION sub SET (binary = false)', 'definition subscription "sub"', 'binary'],
  [`COMMENT ON LARGE OBJECT 4711 IS 'no picture'`, 'comment large object 4711'],
  ['ALTER LARGE OBJECT 4711 OWNER TO postgres', 'owner large object 4711'],
  ['REVOKE SELECT ON LARGE OBJECT 4712 FROM {reader}', 'privileges large object 4712'],
  ['SELECT lo_unlink(4712)', 'missing large object 4712'],
  [
    'ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA app GRANT INSERT ON TABLES TO {reader}',
    'default',
    'INSERT for reader',
  ],
  ['ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO PUBLIC', 'default-missing'],
];

/** Some are only known when the database is there. */
const named = (what: string | string[]): string[] => {
  const owner = database.address.user;
  switch (what) {
    case 'mapping':
      return [`definition user mapping FOR "${owner}" SERVER "far"`];
    case 'default':
      return [`privileges default privileges FOR ROLE "${owner}" IN SCHEMA "app" ON TABLES`];
    case 'default-missing':
      return [`missing default privileges FOR ROLE "${owner}" ON FUNCTIONS`];
    default:
      return [what].flat();
  }
};

it.each(sampleOf(MUTATIONS, 20))('names what is another after %s', async (sql, what, said) => {
  const { names, details } = await differencesAfter(sql);
  expect(names).toEqual(named(what));
  expect(details).toContain(said ?? '');
  expect(details).not.toMatch(/secret|three|other\.test/);
});

it.each([
  'REINDEX TABLE app.customer',
  'ANALYZE app.customer',
  `INSERT INTO app.parent VALUES (1, 'x'); SELECT nextval('app.counter')`,
  'CREATE TEMP TABLE t (id int); CREATE INDEX ON t (id)',
  'ALTER TABLE app.customer ADD again int; ALTER TABLE app.customer DROP again',
  'GRANT SELECT ON app.parent TO {reader}; REVOKE SELECT ON app.parent FROM {reader}',
  'ALTER FUNCTION app.twice(int) VOLATILE; ALTER FUNCTION app.twice(int) IMMUTABLE',
  'DROP INDEX app.summary_kind; CREATE UNIQUE INDEX summary_kind ON app.summary (kind)',
  `CREATE SCHEMA snapback; COMMENT ON SCHEMA snapback IS 'x'; CREATE TABLE snapback.t (id int PRIMARY KEY)`,
  'ALTER COLLATION app.plain REFRESH VERSION',
])('finds no difference after %s', async (sql) => {
  expect(await differencesAfter(sql)).toEqual({ names: [], details: '' });
});
