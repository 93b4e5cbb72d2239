import { afterEach, beforeEach, expect, it } from 'vitest';
import { quoteIdentifier } from '../../../../src/engine/postgres/sql/quote.js';
import { RestoreDatabaseFixture, uniqueName } from './restore-fixture.js';

/** Roles that the server has when the snapshot is taken; those beginning with `gone` it does not have any more later. */
const ROLES = ['gone_owner', 'gone_reader', 'gone, "too"', 'here_owner', 'here_reader'] as const;
type Role = (typeof ROLES)[number];

let fixture: RestoreDatabaseFixture;
let names: Record<Role, string>;
/** As SQL names it. */
const sqlName = (role: Role): string => quoteIdentifier(names[role]);

beforeEach(async () => {
  fixture = await RestoreDatabaseFixture.create();
  names = Object.fromEntries(ROLES.map((role) => [role, uniqueName(role)])) as typeof names;
  await fixture.asAdmin(ROLES.map((role) => `CREATE ROLE ${sqlName(role)};`).join('\n'));
});

afterEach(async () => {
  for (const database of [fixture.target, fixture.source.address]) {
    await fixture.asAdmin(`DROP OWNED BY ${sqlName('here_owner')}, ${sqlName('here_reader')}`, database.database);
  }
  await fixture.asAdmin(`DROP ROLE ${sqlName('here_owner')}, ${sqlName('here_reader')}`);
  await fixture.remove();
});

/** The snapshot names roles everywhere, and some of them are gone afterwards. */
async function captureAndForget(): Promise<Awaited<ReturnType<RestoreDatabaseFixture['capture']>>> {
  const everybody = (['gone_reader', 'gone, "too"', 'here_reader'] as const).map(sqlName).join(', ');
  await fixture.asAdmin(`
    CREATE TABLE theirs (id int PRIMARY KEY, name text);
    INSERT INTO theirs VALUES (1, 'one');
    CREATE TABLE kept (id int);
    CREATE FUNCTION says() RETURNS text LANGUAGE sql AS $$ SELECT '
GRANT SELECT ON theirs TO nobody_at_all;
' $$;
    ALTER TABLE theirs OWNER TO ${sqlName('gone_owner')};
    ALTER TABLE kept OWNER TO ${sqlName('here_owner')};
    GRANT SELECT ON theirs, kept TO ${everybody};
    GRANT UPDATE (name) ON theirs TO ${sqlName('gone, "too"')} WITH GRANT OPTION;
    ALTER DEFAULT PRIVILEGES FOR ROLE ${sqlName('gone_owner')} GRANT SELECT ON TABLES TO ${sqlName('here_reader')};
    CREATE TABLE mine (id int);
    ALTER TABLE mine OWNER TO ${fixture.source.address.user};
    ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
    CREATE POLICY seen ON mine FOR SELECT TO ${everybody} USING (id > 0);
  `);
  const captured = await fixture.capture();
  const gone = ROLES.filter((role) => role.startsWith('gone')).map(sqlName);
  await fixture.asAdmin(`DROP OWNED BY ${gone.join(', ')} CASCADE; DROP ROLE ${gone.join(', ')};`);
  return captured;
}

async function restored() {
  const tables = await fixture.asAdmin<{ name: string; owner: string; readers: string[] }>(
    `SELECT c.relname::text AS name, pg_get_userbyid(c.relowner)::text AS owner,
            ARRAY(SELECT pg_get_userbyid(grantee)::text FROM aclexplode(c.relacl)
                   WHERE privilege_type = 'SELECT' AND grantee <> c.relowner ORDER BY 1) AS readers
       FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
    fixture.target.database,
  );
  const policies = await fixture.asAdmin<{ roles: string[] }>(
    'SELECT roles::text[] AS roles FROM pg_policies',
    fixture.target.database,
  );
  return { tables, policies };
}

it('gives what belongs to roles that are not there to its own, and leaves all others what they have', async () => {
  const captured = await captureAndForget();
  const own = fixture.adminTarget.user;

  const { missingRoles } = await fixture.restore(captured, { address: fixture.adminTarget });

  const [owner, reader, too] = (['gone_owner', 'gone_reader', 'gone, "too"'] as const).map((role) => names[role]);
  expect(missingRoles).toEqual([owner, reader, too].toSorted());
  const { tables, policies } = await restored();
  const here = names.here_reader;
  expect(tables).toEqual([
    { name: 'kept', owner: names.here_owner, readers: [here, own].toSorted() },
    { name: 'mine', owner: fixture.source.address.user, readers: [] },
    { name: 'theirs', owner: own, readers: [here] },
  ]);
  expect(policies.map(({ roles }) => new Set(roles))).toEqual([new Set([here, own])]);
  expect(await fixture.asAdmin('SELECT * FROM theirs', fixture.target.database)).toEqual([{ id: 1, name: 'one' }]);
  expect(await fixture.leftovers()).toEqual([]);
});

it('names its own role in policies as well where owners and privileges are left out', async () => {
  const captured = await captureAndForget();

  const { missingRoles } = await fixture.restore(captured, { keepOwnersAndPrivileges: false });

  expect(missingRoles).toEqual([names.gone_reader, names['gone, "too"']].toSorted());
  const { tables, policies } = await restored();
  const { user: own } = fixture.target;
  expect(tables.map(({ owner, readers }) => [owner, readers])).toEqual([
    [own, []],
    [own, []],
    [own, []],
  ]);
  expect(policies.map(({ roles }) => new Set(roles))).toEqual([new Set([names.here_reader, own])]);
});

it('has nothing to say where all roles are there', async () => {
  await fixture.asAdmin('CREATE TABLE t (id int)');
  expect(await fixture.restore(await fixture.capture(), { address: fixture.adminTarget })).toMatchObject({
    missingRoles: [],
  });
  await fixture.asAdmin(`DROP ROLE ${(['gone_owner', 'gone_reader', 'gone, "too"'] as const).map(sqlName).join(', ')}`);
});
