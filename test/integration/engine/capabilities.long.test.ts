import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRequirements } from '../../../src/engine/postgres/capabilities/read-requirements.js';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

it('reads many tables in little time, also when the planner does not know of them yet', async () => {
  const major = (await findProgram('postgres')).major;
  await query(
    database.admin,
    `CREATE EXTENSION btree_gist; CREATE EXTENSION ltree;
     CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION isn; CREATE EXTENSION intarray;
     ANALYZE pg_catalog.pg_depend; ANALYZE pg_catalog.pg_class; ANALYZE pg_catalog.pg_type; ANALYZE pg_catalog.pg_attribute`,
  );
  for (const letter of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await query(
      database.address,
      `DO $$ BEGIN FOR n IN 1..1000 LOOP EXECUTE format('CREATE TABLE ${letter}%s (id int, at text)', n);
         EXECUTE format('GRANT SELECT ON ${letter}%s TO PUBLIC', n); END LOOP; END $$`,
    );
  }
  const startedAt = performance.now();
  const { owners } = await withConnection(database.address, {}, (client) => readRequirements(client, { major }));
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(owners).toContainEqual({ name: database.address.user, count: 6000, example: 'table public.a1' });
});
