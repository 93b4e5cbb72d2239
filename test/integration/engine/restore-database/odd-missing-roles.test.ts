import { afterEach, beforeEach, expect, it } from 'vitest';
import { quoteIdentifier } from '../../../../src/engine/postgres/sql/quote.js';
import { RestoreDatabaseFixture, uniqueName } from './restore-fixture.js';

let fixture: RestoreDatabaseFixture;
/** Stays. */
let app: string;
/** Is gone when the snapshot is restored; its last word is the name of the other one. */
let gone: string;
let goneName: string;

beforeEach(async () => begin());

afterEach(async () => {
  for (const { database } of [fixture.target, fixture.source.address])
    await fixture.asAdmin(`DROP OWNED BY ${app}`, database);
  await fixture.asAdmin(`DROP ROLE ${app}; DROP ROLE IF EXISTS ${gone}`);
  await fixture.remove();
});

async function begin(database?: string): Promise<void> {
  fixture = await RestoreDatabaseFixture.create(database === undefined ? {} : { database });
  app = uniqueName('app');
  goneName = `old ${app}`;
  gone = quoteIdentifier(goneName);
  await fixture.asAdmin(`CREATE ROLE ${app}; CREATE ROLE ${gone}`);
}

/** Captures what the SQL makes, and restores it where one of the roles is not any more. */
async function restoreWithout(sql: string): Promise<readonly string[]> {
  await fixture.asAdmin(sql);
  const captured = await fixture.capture();
  await fixture.asAdmin(`DROP OWNED BY ${gone} CASCADE; DROP ROLE ${gone}`);
  const { missingRoles } = await fixture.restore(captured, { address: fixture.adminTarget });
  return missingRoles;
}

async function restored<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
  return fixture.asAdmin<Row>(sql, fixture.target.database);
}

it('tells an owner whose name ends like another role from that role', async () => {
  const missing = await restoreWithout(`
    CREATE TABLE theirs (id int);
    ALTER TABLE theirs OWNER TO ${gone};
    CREATE TABLE "kept by old" (id int);
    ALTER TABLE "kept by old" OWNER TO ${app};
    SELECT lo_create(4711);
    ALTER LARGE OBJECT 4711 OWNER TO ${gone};
  `);

  expect(missing).toEqual([goneName]);
  const own = fixture.adminTarget.user;
  const owners = `SELECT relname::text AS name, pg_get_userbyid(relowner)::text AS owner
                    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`;
  expect(await restored(owners)).toEqual([
    { name: 'kept by old', owner: app },
    { name: 'theirs', owner: own },
  ]);
  const objects = 'SELECT pg_get_userbyid(lomowner)::text AS owner FROM pg_largeobject_metadata';
  expect(await restored(objects)).toEqual([{ owner: own }]);
});

it('keeps what a role that is not there has granted to one that is', async () => {
  const missing = await restoreWithout(`
    CREATE TABLE t (id int);
    GRANT SELECT ON t TO ${gone} WITH GRANT OPTION;
    SET SESSION AUTHORIZATION ${gone};
    GRANT SELECT ON public.t TO ${app};
    RESET SESSION AUTHORIZATION;
  `);

  expect(missing).toEqual([goneName]);
  expect(await restored(`SELECT has_table_privilege('${app}', 'public.t', 'SELECT') AS may`)).toEqual([{ may: true }]);
});

it('changes nothing in the text of a policy that looks like a statement', async () => {
  const missing = await restoreWithout(`
    CREATE TABLE t (s text);
    GRANT SELECT ON t TO ${gone};
    CREATE POLICY p ON t TO ${app} USING (s <> E'x\\nGRANT SELECT ON t TO nobody_at_all;\\n');
  `);

  expect(missing).toEqual([goneName]);
  const policies = await restored('SELECT roles::text[] AS roles, qual FROM pg_policies');
  expect(policies).toEqual([{ roles: [app], qual: "(s <> 'x\nGRANT SELECT ON t TO nobody_at_all;\n'::text)" }]);
});

it('opens to nobody what its own role makes in future', async () => {
  const missing = await restoreWithout(`
    ALTER DEFAULT PRIVILEGES FOR ROLE ${gone} GRANT SELECT ON TABLES TO PUBLIC;
    ALTER DEFAULT PRIVILEGES FOR ROLE ${gone} GRANT USAGE ON SEQUENCES TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${app} GRANT SELECT ON TABLES TO PUBLIC;
  `);

  expect(missing).toEqual([goneName]);
  expect(await restored('SELECT pg_get_userbyid(defaclrole)::text AS maker FROM pg_default_acl')).toEqual([
    { maker: app },
  ]);
});

it('gives what was theirs to its own role also in an encoding that cannot be read', async () => {
  await fixture.asAdmin(`DROP ROLE ${app}; DROP ROLE ${gone}`);
  await fixture.remove();
  await begin(`ENCODING 'SQL_ASCII' LOCALE 'C'`);

  const missing = await restoreWithout(`
    CREATE TABLE t (s text);
    CREATE POLICY p ON t TO ${gone}, ${app} USING (s <> 'é');
    ALTER TABLE t OWNER TO ${app};
  `);

  expect(missing).toEqual([goneName]);
  const own = fixture.adminTarget.user;
  expect(
    await restored(
      "SELECT roles::text[] AS roles, encode(convert_to(qual, 'SQL_ASCII'), 'hex') AS qual FROM pg_policies",
    ),
  ).toEqual([{ roles: expect.arrayContaining([own, app]), qual: Buffer.from("(s <> 'é'::text)").toString('hex') }]);
});
