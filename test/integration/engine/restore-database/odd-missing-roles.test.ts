import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quoteIdentifier } from '../../../../src/engine/postgres/sql/quote.js';
import { RestoreDatabaseFixture, uniqueName } from './restore-fixture.js';

let fixture: RestoreDatabaseFixture;
/** Stays. */
let app: string;
/** Is gone when the snapshot is restored; its last word is the name of the other one. */
let gone: string;
let goneName: string;

async function end(): Promise<void> {
  for (const { database } of [fixture.target, fixture.source.address])
    await fixture.asAdmin(`DROP OWNED BY ${app}`, database);
  await fixture.asAdmin(`DROP ROLE ${app}; DROP ROLE IF EXISTS ${gone}`);
  await fixture.remove();
}

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

describe('a restore where a role is not any more', () => {
  let missing: readonly string[];

  beforeAll(async () => {
    await begin();
    missing = await restoreWithout(`
      CREATE TABLE theirs (id int);
      ALTER TABLE theirs OWNER TO ${gone};
      CREATE TABLE "kept by old" (id int);
      ALTER TABLE "kept by old" OWNER TO ${app};
      SELECT lo_create(4711);
      ALTER LARGE OBJECT 4711 OWNER TO ${gone};

      CREATE TABLE granted (id int);
      GRANT SELECT ON granted TO ${gone} WITH GRANT OPTION;
      SET SESSION AUTHORIZATION ${gone};
      GRANT SELECT ON public.granted TO ${app};
      RESET SESSION AUTHORIZATION;

      CREATE TABLE guarded (s text);
      GRANT SELECT ON guarded TO ${gone};
      CREATE POLICY p ON guarded TO ${app} USING (s <> E'x\\nGRANT SELECT ON guarded TO nobody_at_all;\\n');

      ALTER DEFAULT PRIVILEGES FOR ROLE ${gone} GRANT SELECT ON TABLES TO PUBLIC;
      ALTER DEFAULT PRIVILEGES FOR ROLE ${gone} GRANT USAGE ON SEQUENCES TO ${app};
      ALTER DEFAULT PRIVILEGES FOR ROLE ${app} GRANT SELECT ON TABLES TO PUBLIC;
    `);
  });
  afterAll(end);

  it('names that role', () => {
    expect(missing).toEqual([goneName]);
  });

  it('tells an owner whose name ends like another role from that role', async () => {
    const own = fixture.adminTarget.user;
    const owners = `SELECT relname::text AS name, pg_get_userbyid(relowner)::text AS owner FROM pg_class
                     WHERE relname IN ('theirs', 'kept by old') AND relnamespace = 'public'::regnamespace ORDER BY 1`;
    expect(await restored(owners)).toEqual([
      { name: 'kept by old', owner: app },
      { name: 'theirs', owner: own },
    ]);
    const objects = 'SELECT pg_get_userbyid(lomowner)::text AS owner FROM pg_largeobject_metadata';
    expect(await restored(objects)).toEqual([{ owner: own }]);
  });

  it('keeps what a role that is not there has granted to one that is', async () => {
    const may = `SELECT has_table_privilege('${app}', 'public.granted', 'SELECT') AS may`;
    expect(await restored(may)).toEqual([{ may: true }]);
  });

  it('changes nothing in the text of a policy that looks like a statement', async () => {
    const policies = await restored('SELECT roles::text[] AS roles, qual FROM pg_policies');
    expect(policies).toEqual([{ roles: [app], qual: "(s <> 'x\nGRANT SELECT ON guarded TO nobody_at_all;\n'::text)" }]);
  });

  it('opens to nobody what its own role makes in future', async () => {
    expect(await restored('SELECT pg_get_userbyid(defaclrole)::text AS maker FROM pg_default_acl')).toEqual([
      { maker: app },
    ]);
  });
});

it('gives what was theirs to its own role also in an encoding that cannot be read', async () => {
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
  await end();
});
