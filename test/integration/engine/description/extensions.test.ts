import { afterEach, beforeEach, expect, it } from 'vitest';
import { withConnection } from '../../../../src/engine/postgres/connection/connect.js';
import { definitionsDiffer } from '../../../../src/engine/postgres/description/compare-descriptions.js';
import {
  alterExtensionMembers,
  extensionVersions,
  offeredVersions,
} from '../../../../src/engine/postgres/description/extension-members.js';
import { restoreOwnersAndPrivileges } from '../../../../src/engine/postgres/description/restore-access.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { uniqueName } from '../restore-database/restore-fixture.js';
import { compared, described, major, streamOf, writing } from './description-fixture.js';

let source: TestDatabase;
let target: TestDatabase;
let reader: string;

beforeEach(async () => {
  source = await createTestDatabase();
  const { user, password } = source.address;
  target = await createTestDatabase({ owner: user, password });
  reader = uniqueName('reader');
  await query(source.admin, `CREATE ROLE ${reader}`);
});

afterEach(async () => {
  for (const { admin } of [source, target]) await query(admin, `DROP OWNED BY ${reader} CASCADE`);
  await source.drop();
  await query({ ...source.admin, database: 'postgres' }, `DROP ROLE ${reader}`);
});

const ALTERED = `
  ALTER FUNCTION unaccent(text) IMMUTABLE COST 9;
  ALTER FUNCTION unaccent(regdictionary, text) CALLED ON NULL INPUT PARALLEL RESTRICTED SECURITY DEFINER LEAKPROOF SET work_mem = '2MB' SET search_path = "$user", public;
  COMMENT ON FUNCTION unaccent(text) IS 'as we need it';
  REVOKE EXECUTE ON FUNCTION unaccent(text) FROM PUBLIC;
  COMMENT ON TEXT SEARCH DICTIONARY unaccent IS 'rules';
`;

it('alters members of extensions to what they were', async () => {
  await query(
    source.admin,
    `CREATE EXTENSION unaccent; ${ALTERED} GRANT EXECUTE ON FUNCTION unaccent(text) TO ${reader}`,
  );
  const expected = await described(source.admin);
  await query(target.admin, 'CREATE EXTENSION unaccent; ALTER FUNCTION unaccent(text) SET DateStyle = German');

  const { warnings, differences } = await writing(target.admin, async (client, roles) => ({
    ...(await alterExtensionMembers(client, streamOf(expected), { major, roles, ownersAndPrivileges: true })),
    ...(await compared(expected, await described(target.admin), roles)),
  }));

  expect({ warnings, differences }).toEqual({ warnings: [], differences: [] });
});

it('names each member that the role may not alter', async () => {
  await query(source.address, 'CREATE EXTENSION unaccent');
  await query(source.admin, ALTERED);
  const expected = await described(source.admin);
  await query(target.address, 'CREATE EXTENSION unaccent');

  const { warnings } = await writing(target.address, async (client, roles) =>
    alterExtensionMembers(client, streamOf(expected), { major, roles, ownersAndPrivileges: true }),
  );

  expect(new Set(warnings.map(({ code, name }) => `${code} ${name}`))).toEqual(
    new Set([
      'extension-member-not-restored "public"."unaccent"(text)',
      'extension-member-not-restored "public"."unaccent"(regdictionary, text)',
      'extension-member-not-restored "public"."unaccent"',
    ]),
  );
  expect(warnings.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(
      /^The function public\.unaccent\(text\) of the extension unaccent could not be altered to what it was \(IMMUTABLE\): must be owner of .*unaccent\.$/,
    ),
  );
});

it('says once whose the members of an extension are now', async () => {
  const admin = uniqueName('admin');
  await query(source.admin, `CREATE ROLE ${admin} SUPERUSER; SET ROLE ${admin}; CREATE EXTENSION hstore`);
  const expected = await described(source.admin);
  await query(target.address, 'CREATE EXTENSION hstore');

  const { warnings, differences } = await writing(target.address, async (client, roles) => ({
    ...(await restoreOwnersAndPrivileges(client, streamOf(expected), { major, roles })),
    ...(await compared(expected, await described(target.admin), roles)),
  }));
  await query(source.admin, `DROP OWNED BY ${admin} CASCADE; DROP ROLE ${admin}`);

  expect(warnings.map(({ code }) => code)).toEqual(['owner-not-restored']);
  const own = target.address.user;
  expect(differences.map(({ aspect, kind, detail }) => [aspect, kind, detail.split(': ').at(-1)])).toEqual([
    ['owner', 'extension', `${admin} → ${own}.`],
    ['owner', 'type', `${admin} → postgres.`],
  ]);
});

it('leaves owners and privileges of members out where the copy is somebody else’s', async () => {
  await query(source.admin, 'CREATE EXTENSION unaccent; REVOKE EXECUTE ON FUNCTION unaccent(text) FROM PUBLIC');
  const expected = await described(source.admin);
  await query(target.address, 'CREATE EXTENSION unaccent');
  const options = { major, ownersAndPrivileges: false };
  const { total } = await writing(target.address, async (client, roles) =>
    alterExtensionMembers(client, streamOf(expected), { ...options, roles }),
  );
  expect(total).toBe(0);
});

it('says one thing of an extension of another version, and not one of each of its members', async () => {
  await query(
    source.admin,
    `CREATE EXTENSION hstore VERSION '1.4'; CREATE EXTENSION citext; CREATE TABLE t (h hstore)`,
  );
  const expected = await described(source.admin);
  expect(await extensionVersions(streamOf(expected)())).toEqual(
    new Map([
      ['citext', expect.objectContaining({ name: 'citext', schema: 'public' })],
      ['hstore', expect.objectContaining({ name: 'hstore', version: '1.4', schema: 'public' })],
      ['plpgsql', expect.objectContaining({ schema: 'pg_catalog' })],
    ]),
  );
  await query(target.admin, 'CREATE EXTENSION hstore; CREATE TABLE t (h hstore)');

  const found = await described(target.admin);
  const roles = await writing(target.admin, async (_, roles) => Promise.resolve(roles));
  const comparison = await compared(expected, found, roles);

  expect(comparison.differences.map(({ aspect, name }) => [aspect, name])).toEqual([
    ['missing', '"citext"'],
    ['version', '"hstore"'],
  ]);
  expect(definitionsDiffer(comparison)).toEqual({
    code: 'definitions-differ',
    message: expect.stringMatching(
      /^What was restored is not what was captured: The extension citext: it is missing\. The extension hstore: version 1\.4 → [\d.]+\.$/,
    ),
  });
});

it('knows which version of an extension the server can create', async () => {
  const asked = [
    { name: 'hstore', version: '1.6' },
    { name: 'unaccent', version: '9.9' },
    { name: 'nobody_has_it', version: '1.0' },
  ];
  const versions = await withConnection(target.address, {}, async (client) => offeredVersions(client, asked));
  expect([...versions.values()]).toEqual(['1.6', expect.stringMatching(/^1\.\d+$/), null]);
});
