import type { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import type { Difference } from '../../../../src/engine/postgres/description/compare-descriptions.js';
import type { DescribedObject } from '../../../../src/engine/postgres/description/described-object.js';
import type { AccessWarning } from '../../../../src/engine/postgres/description/access/restore-warnings.js';
import { restoreOwnersAndPrivileges } from '../../../../src/engine/postgres/description/restore-access.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { uniqueName } from '../restore-database/restore-fixture.js';
import { compared, described, Dump, major, streamOf, writing } from './description-fixture.js';
import { everything } from './everything.js';

let source: TestDatabase;
let target: TestDatabase;
/** Belongs to nobody's group. */
let reader: string;
/** Our role is a member of it. */
let writer: string;
let own: string;

beforeEach(async () => {
  source = await createTestDatabase();
  const { user, password } = source.address;
  target = await createTestDatabase({ owner: user, password });
  own = user;
  [reader, writer] = [uniqueName('reader'), uniqueName('writer')];
  await query(source.admin, `CREATE ROLE ${reader}; CREATE ROLE ${writer}; GRANT ${writer} TO ${own}`);
});

afterEach(async () => {
  for (const { admin } of [source, target]) {
    await query(admin, 'DROP SUBSCRIPTION sub').catch(() => undefined);
    for (const role of [reader, writer]) await query(admin, `DROP OWNED BY ${role} CASCADE`).catch(() => undefined);
  }
  await source.drop();
  await query({ ...source.admin, database: 'postgres' }, `DROP ROLE IF EXISTS ${reader}, ${writer}`);
});

const inSource = async (sql: string) => query(source.admin, sql);

interface Restored {
  warnings: AccessWarning[];
  differences: Difference[];
  expected: DescribedObject[];
  statements: string[];
}

/** Restores the source's definitions into the target as the role says, then owners and privileges. */
async function restored(as: DatabaseAddress, meanwhile = async (): Promise<unknown> => undefined): Promise<Restored> {
  const dump = await Dump.of(source.admin);
  const expected = await described(source.admin);
  await meanwhile();
  await dump.restore(as, '--no-owner', '--no-privileges');
  await dump.remove();
  return accessRestored(as, expected);
}

async function accessRestored(as: DatabaseAddress, expected: DescribedObject[]): Promise<Restored> {
  const { warnings, roles, statements } = await writing(as, async (client, roles) => {
    const statements = recorded(client);
    const { warnings } = await restoreOwnersAndPrivileges(client, streamOf(expected), { major, roles });
    return { warnings, roles, statements };
  });
  const { differences } = await compared(expected, await described({ ...as, ...credentials() }), roles);
  return { warnings, differences, expected, statements };
}

const credentials = () => ({ user: source.admin.user, password: source.admin.password });

/** What is sent that is not reading. */
function recorded(client: Client): string[] {
  const statements: string[] = [];
  const { query } = client;
  client.query = ((...values: Parameters<typeof query>) => {
    const text: unknown = values[0];
    if (typeof text === 'string' && /\b(GRANT|REVOKE|ALTER|SET ROLE)\b/.test(text) && !text.startsWith('DECLARE')) {
      statements.push(...text.split(';\n'));
    }
    return query.apply(client, values);
  }) as typeof query;
  return statements;
}

it('restores owners and privileges of one of everything as a superuser', async () => {
  await inSource(everything({ owner: own, reader }));
  await inSource('DROP INDEX app.customer_name; ALTER FUNCTION public.unaccent(text) STABLE');
  const { warnings, differences, expected } = await restored({ ...target.admin });
  expect(warnings).toEqual([]);
  expect(differences).toEqual([]);
  // What is there already is not sent again.
  expect((await accessRestored({ ...target.admin }, expected)).statements).toEqual([]);
});

it('gives a table to a member of the schema it is in, as a role that is no superuser', async () => {
  await query(
    source.address,
    `CREATE SCHEMA app; GRANT CREATE, USAGE ON SCHEMA app TO ${writer};
     SET ROLE ${writer}; CREATE TABLE app.t (id serial PRIMARY KEY, s text); GRANT SELECT ON app.t TO ${reader};
     GRANT UPDATE (s) ON app.t TO ${reader}; REVOKE INSERT ON app.t FROM ${writer};`,
  );
  expect(await restored(target.address)).toMatchObject({ warnings: [], differences: [] });
});

it('gives a schema away together with what is in it, also where its owner may not make anything in it any more', async () => {
  await query(
    source.address,
    `CREATE SCHEMA app AUTHORIZATION ${writer}; CREATE SCHEMA closed; GRANT ALL ON SCHEMA closed TO ${writer};
     CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE app.e AS ENUM ('a');
     SET ROLE ${writer};
     CREATE TABLE app.t (id int); CREATE TABLE closed.t (id int); CREATE VIEW closed.v AS SELECT 1 AS one;
     RESET ROLE;
     REVOKE ALL ON SCHEMA closed FROM ${writer}; REVOKE ALL ON SCHEMA closed FROM ${own};
     REVOKE CREATE ON SCHEMA app FROM ${writer}; GRANT USAGE ON SCHEMA app TO ${reader}, PUBLIC;`,
  );
  expect(await restored(target.address)).toMatchObject({ warnings: [], differences: [] });
});

it('lets a grantee pass on what it was given, as itself', async () => {
  await query(
    source.address,
    `CREATE TABLE t (id int, s text); GRANT SELECT, UPDATE ON t TO ${writer} WITH GRANT OPTION; GRANT UPDATE (s) ON t TO ${writer} WITH GRANT OPTION;
     SET ROLE ${writer}; GRANT SELECT ON public.t TO ${reader}; GRANT UPDATE (s) ON public.t TO PUBLIC; RESET ROLE;
     CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC;
     GRANT EXECUTE ON FUNCTION f() TO ${writer} WITH GRANT OPTION; SET ROLE ${writer}; GRANT EXECUTE ON FUNCTION public.f() TO ${reader};`,
  );
  const { warnings, differences, statements } = await restored(target.address);
  expect({ warnings, differences }).toEqual({ warnings: [], differences: [] });
  expect(statements).toContain(`SET ROLE "${writer}"`);
});

it('says what a grantee had passed on that cannot be one of ours, and goes on', async () => {
  await inSource(
    `CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${own}; GRANT SELECT ON t TO ${reader} WITH GRANT OPTION;
     SET ROLE ${reader}; GRANT SELECT ON public.t TO ${writer}; RESET ROLE;
     CREATE TABLE u (id int); ALTER TABLE u OWNER TO ${own}; GRANT SELECT ON u TO ${reader};`,
  );
  const { warnings, differences } = await restored(target.address);
  expect(warnings.map(({ code, name }) => [code, name])).toEqual([['privileges-not-restored', '"public"."t"']]);
  expect(warnings[0]!.message).toContain(`SELECT for ${writer} could not be granted by ${reader}: permission denied`);
  expect(differences.map(({ aspect, name }) => [aspect, name])).toEqual([['privileges', '"public"."t"']]);
});

it('keeps everybody out of what everybody was kept out of', async () => {
  await query(
    source.address,
    `CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION f(int) FROM PUBLIC;
     CREATE PROCEDURE p(IN a int, INOUT b text) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$; REVOKE EXECUTE ON PROCEDURE p(int, text) FROM PUBLIC;
     CREATE AGGREGATE a(int) (SFUNC = int4pl, STYPE = int); REVOKE EXECUTE ON FUNCTION a(int) FROM PUBLIC;
     CREATE DOMAIN d AS int; REVOKE USAGE ON DOMAIN d FROM PUBLIC; CREATE TYPE e AS ENUM ('x'); REVOKE USAGE ON TYPE e FROM PUBLIC;
     CREATE SEQUENCE s; GRANT USAGE ON SEQUENCE s TO ${reader}; REVOKE ALL ON SCHEMA public FROM PUBLIC;
     CREATE TABLE t (id int); REVOKE ALL ON t FROM ${own}; GRANT SELECT ON t TO ${reader};
     SELECT lo_create(5), lo_create(6); GRANT SELECT ON LARGE OBJECT 5 TO ${reader}; ALTER LARGE OBJECT 6 OWNER TO ${writer};
     ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${reader};
     ALTER DEFAULT PRIVILEGES FOR ROLE ${writer} GRANT USAGE ON SCHEMAS TO ${reader} WITH GRANT OPTION;`,
  );
  expect(await restored(target.address)).toMatchObject({ warnings: [], differences: [] });
});

it('names what of an extension is more open or less than it was, where the role may not change it', async () => {
  await inSource(
    `SET ROLE ${own}; CREATE EXTENSION hstore; CREATE TABLE t (h hstore); RESET ROLE;
     REVOKE EXECUTE ON FUNCTION hstore(text, text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION hstore_to_array(hstore) TO ${reader};`,
  );
  const { warnings, differences } = await restored(target.address);
  expect(warnings.map(({ code, name }) => [code, name])).toEqual([
    ['privileges-not-restored', '"public"."hstore"(text, text)'],
    ['privileges-not-restored', '"public"."hstore_to_array"(public.hstore)'],
  ]);
  expect(warnings[0]!.message).toContain('so that it is more open than it was: permission denied');
  expect(differences.map(({ name }) => name)).toEqual(warnings.map(({ name }) => name));
});

it('gives what belonged to roles that are not there to its own, and opens nothing to anybody else', async () => {
  await query(
    source.address,
    `CREATE TABLE t (id int, s text); GRANT SELECT ON t TO ${writer} WITH GRANT OPTION; GRANT UPDATE (s) ON t TO ${writer};
     SET ROLE ${writer}; GRANT SELECT ON public.t TO ${reader}; RESET ROLE;
     GRANT CREATE ON SCHEMA public TO ${writer}; SET ROLE ${writer};
     CREATE TABLE theirs (id int); GRANT INSERT ON theirs TO ${reader}; REVOKE ALL ON theirs FROM ${writer};
     ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; RESET ROLE;
     CREATE POLICY p ON t FOR SELECT TO PUBLIC USING (true);`,
  );
  const { warnings, differences } = await restored(target.address, async () => {
    await inSource(`DROP OWNED BY ${writer} CASCADE; DROP ROLE ${writer}`);
  });
  expect({ warnings, differences }).toEqual({ warnings: [], differences: [] });
  const rows = await query(
    target.admin,
    `SELECT relname::text AS name, pg_get_userbyid(relowner)::text AS owner, relacl::text AS acl, (SELECT count(*)::int FROM pg_default_acl) AS defaults
       FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  expect(rows).toEqual([
    { name: 't', owner: own, acl: `{${own}=arwdDxt/${own},${reader}=r/${own}}`, defaults: 0 },
    { name: 'theirs', owner: own, acl: `{${reader}=a/${own}}`, defaults: 0 },
  ]);
});

it('is not ended by an owner that our role may not give anything to', async () => {
  await inSource(`CREATE TABLE a (id int); ALTER TABLE a OWNER TO ${reader}; CREATE TABLE b (id int); ALTER TABLE b OWNER TO ${own};
                  GRANT SELECT ON b TO ${reader}`);
  const { warnings, differences } = await restored(target.address);
  expect(warnings.map(({ code, name }) => [code, name])).toContainEqual(['owner-not-restored', '"public"."a"']);
  expect(differences.map(({ aspect, name }) => [aspect, name])).toEqual([['owner', '"public"."a"']]);
});

it('sends nothing for large objects that are ours, and some for those that are not', async () => {
  await query(source.address, 'SELECT lo_create(i) FROM generate_series(20000, 22499) i');
  await inSource(`GRANT SELECT ON LARGE OBJECT 20007 TO ${reader}`);
  const { warnings, differences, statements } = await restored(target.address);
  expect({ warnings, differences }).toEqual({ warnings: [], differences: [] });
  expect(statements).toEqual([`GRANT SELECT ON LARGE OBJECT 20007 TO "${reader}"`]);
});
