import { afterEach, beforeEach, expect, it } from 'vitest';
import { compareIdentities, KINDS } from '../../../../src/engine/postgres/description/described-object.js';
import { alterExtensionMembers } from '../../../../src/engine/postgres/description/extension-members.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { uniqueName } from '../restore-database/restore-fixture.js';
import { compared, described, Dump, major, streamOf, writing } from './description-fixture.js';
import { everything } from './everything.js';

let source: TestDatabase;
let target: TestDatabase;
let reader: string;

beforeEach(async () => {
  [source, target] = [await createTestDatabase(), await createTestDatabase()];
  reader = uniqueName('reader');
  await query(source.admin, `CREATE ROLE ${reader}`);
});

afterEach(async () => {
  for (const { admin } of [source, target]) {
    await query(admin, 'ALTER SUBSCRIPTION sub DISABLE; DROP SUBSCRIPTION sub').catch(() => undefined);
    await query(admin, `DROP OWNED BY ${reader}`);
  }
  await target.drop();
  await source.drop();
  await query({ ...source.admin, database: 'postgres' }, `DROP ROLE ${reader}`);
});

it('finds no difference in what pg_dump and pg_restore have made of one of everything', async () => {
  await query(source.admin, everything({ owner: source.address.user, reader }));
  const dump = await Dump.of(source.admin);
  const expected = await described(source.admin);

  await dump.restore(target.admin, '--section=pre-data');
  const warnings = await writing(target.admin, async (client, roles) =>
    alterExtensionMembers(client, streamOf(expected), { major, roles, ownersAndPrivileges: true }),
  );
  await dump.restore(target.admin, '--section=data');
  await dump.restore(target.admin, '--section=post-data');
  await dump.remove();

  expect([warnings.warnings, warnings.total]).toEqual([[], 0]);
  expect(expected.toSorted(compareIdentities)).toEqual(expected);
  expect(new Set(expected.map(({ kind }) => kind))).toEqual(new Set(KINDS));
  const found = await described(target.admin);
  const existing = new Set(['postgres', reader, source.address.user, 'pg_database_owner']);
  expect(await compared(expected, found, { own: 'postgres', existing })).toEqual({ differences: [], total: 0 });
});

it.each(['UTF8', 'LATIN1', 'SQL_ASCII'])('describes in the same order in the encoding %s', async (encoding) => {
  const database = await createTestDatabase({ options: `ENCODING '${encoding}' LOCALE 'C'` });
  await query(
    database.admin,
    `CREATE TABLE "é" (ß int); CREATE TABLE "z""x" (id int); CREATE TABLE "ÿ.a b" (id int); CREATE TABLE "A" (id int)`,
  );
  const found = await described(database.admin);
  await database.drop();
  const tables = found.filter(({ kind }) => kind === 'table').map(({ name }) => name);
  expect(tables).toEqual(['"public"."A"', '"public"."z""x"', '"public"."é"', '"public"."ÿ.a b"']);
});
