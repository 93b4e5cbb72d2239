import { afterEach, beforeEach, expect, it } from 'vitest';
import { policyStatement } from '../../../../src/engine/postgres/description/policy-statement.js';
import { missingRoles } from '../../../../src/engine/postgres/description/server-roles.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { uniqueName } from '../restore-database/restore-fixture.js';
import { compared, described, streamOf } from './description-fixture.js';

let database: TestDatabase;
let [gone, app]: string[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  [gone, app] = [uniqueName('gone, "too"'), uniqueName('app')];
  await query(database.admin, `CREATE ROLE ${app}; CREATE ROLE ${sql(gone)}`);
});

afterEach(async () => {
  await query(database.admin, `DROP OWNED BY ${app} CASCADE`);
  await database.drop();
  await query({ ...database.admin, database: 'postgres' }, `DROP ROLE ${app}; DROP ROLE IF EXISTS ${sql(gone)}`);
});

const sql = (name: string | undefined) => `"${name!.replaceAll('"', '""')}"`;

it('makes policies from what was captured, with its own role for those that are not there', async () => {
  const own = database.address.user;
  await query(
    database.admin,
    `CREATE SCHEMA "S "" x"; CREATE TABLE "S "" x"."T" (id int, s text);
     CREATE POLICY "p 1" ON "S "" x"."T" FOR SELECT TO ${sql(gone)}, ${app} USING (s <> E'x\\nTO nobody_at_all;\\n');
     CREATE POLICY p2 ON "S "" x"."T" AS RESTRICTIVE FOR UPDATE TO ${app} USING (id > 0 AND s = 'it''s') WITH CHECK (id < 9);
     CREATE POLICY p3 ON "S "" x"."T" FOR INSERT WITH CHECK (true);
     CREATE POLICY p4 ON "S "" x"."T" TO ${sql(gone)} USING (EXISTS (SELECT FROM "S "" x"."T" t WHERE t.id = "T".id));
     CREATE POLICY p5 ON "S "" x"."T" FOR DELETE TO CURRENT_USER;`,
  );
  const expected = await described(database.admin);
  const policies = expected.filter(({ kind }) => kind === 'policy');
  expect(policies).toHaveLength(5);

  await query(
    database.admin,
    `${policies.map(({ name }) => `DROP POLICY ${name};`).join(' ')} DROP OWNED BY ${sql(gone)}; DROP ROLE ${sql(gone)}`,
  );
  const existing = new Set(['postgres', 'pg_database_owner', own, app!]);
  expect(await missingRoles(streamOf(expected)(), { existing }, { owners: false })).toEqual([gone]);
  const statements = policies.map((record) => policyStatement(record, (role) => (existing.has(role) ? role : own)));
  await query(database.admin, statements.join(';\n'));

  const found = await described(database.admin);
  expect(found.find(({ name }) => name.startsWith('"p4"'))?.definition['roles']).toEqual([own]);
  expect(await compared(expected, found, { own, existing })).toEqual({ differences: [], total: 0 });
});

it('opens nothing by a policy of which it does not know whom it is for', () => {
  const record = { kind: 'policy', name: '"p" ON "t"', definition: { name: 'p', table: '"t"' } } as const;
  expect(() => policyStatement(record, (role) => role)).toThrow(TypeError);
  expect(() => policyStatement({ ...record, kind: 'table' }, (role) => role)).toThrow(TypeError);
});
