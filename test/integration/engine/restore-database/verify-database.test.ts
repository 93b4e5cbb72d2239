import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newMultisetKey, MultisetHash } from '../../../../src/engine/multiset-hash.js';
import type { SurveyedTable } from '../../../../src/engine/restore/database/order/database-survey.js';
import { openConnection } from '../../../../src/engine/postgres/connection/connect.js';
import { BuildSession, buildSettings } from '../../../../src/engine/restore/database/build-sessions.js';
import { SecondTry } from '../../../../src/engine/restore/database/definitions/second-try.js';
import { verifyDatabase } from '../../../../src/engine/restore/database/comparison/verify-database.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';

let database: TestDatabase;
const table: SurveyedTable = {
  table: 1,
  schema: 'public',
  name: 't',
  columns: ['id', 'v'],
  segments: 1,
  rows: 1000,
  bytes: 1,
  contents: 0n,
};
const rows = Array.from({ length: 1000 }, (_, n) => `${n}\tvalue ${n}\n`).join('');

beforeEach(async () => {
  database = await createTestDatabase();
  await query(
    database.address,
    `CREATE TABLE t (id int, v text); INSERT INTO t SELECT n, 'value ' || n FROM generate_series(0, 999) n ORDER BY random()`,
  );
});
afterEach(async () => database.drop());

async function verify(mode: 'counts' | 'all', tables = [table]) {
  const hash = new MultisetHash(newMultisetKey());
  hash.update(Buffer.from(rows));
  const memoryBytes = 1 << 25;
  const connections = await Promise.all(
    [1, 2].map(() => openConnection(database.address, { settings: buildSettings(memoryBytes) })),
  );
  const { signal } = new AbortController();
  const sessions = connections.map(({ client }) => new BuildSession(client, memoryBytes));
  try {
    return await verifyDatabase({
      sessions: { sessions, signal, abandon: () => undefined },
      address: database.address,
      tables,
      order: { ofExtensions: new Set(), last: new Map(), throughRoot: new Map() },
      secondTry: new SecondTry(undefined),
      encoding: 'UTF8',
      hashes: new Map(mode === 'all' ? [[1, hash]] : []),
    });
  } finally {
    for (const connection of connections) await connection.close();
  }
}

it('finds the same rows in another order', async () => {
  expect(await verify('all')).toEqual({ tables: 1, rows: 1000, comparedTables: 1 });
  expect(await verify('counts')).toEqual({ tables: 1, rows: 1000, comparedTables: 0 });
});

describe.each([
  ['one changed row', "UPDATE t SET v = 'Value 500' WHERE id = 500", /^The rows of the table "public"\."t"/],
  ['one missing row', 'DELETE FROM t WHERE id = 500', /"public"\."t" has 999 rows .* 1000 in the snapshot/],
  ['one duplicated row', 'INSERT INTO t SELECT * FROM t WHERE id = 500', /"public"\."t" has 1001 rows/],
  [
    'one row in place of another',
    'UPDATE t SET (id, v) = (SELECT id, v FROM t WHERE id = 1) WHERE id = 500',
    /^The rows of the table "public"\."t"/,
  ],
  ['two values exchanged', "UPDATE t SET v = 'value ' || 1001 - id WHERE id IN (500, 501)", /^The rows of the table/],
  ['NULL in place of a text', 'UPDATE t SET v = NULL WHERE id = 500', /^The rows of the table/],
])('%s', (_, change, message) => {
  it('is found', async () => {
    await query(database.address, change);

    await expect(verify('all')).rejects.toMatchObject({
      code: 'verification-failed',
      message: expect.stringMatching(message),
    });
  });
});

it('finds a missing row by counting', async () => {
  await query(database.address, 'DELETE FROM t WHERE id = 500');

  await expect(verify('counts')).rejects.toMatchObject({ code: 'verification-failed' });
});

it("looks only at those rows of an extension's table that a snapshot has", async () => {
  await query(database.address, "INSERT INTO t VALUES (-1, 'made by CREATE EXTENSION')");

  await expect(verify('all')).rejects.toMatchObject({ code: 'verification-failed' });
  await expect(verify('all', [{ ...table, condition: 'id >= 0' }])).resolves.toMatchObject({ rows: 1000 });
  await expect(verify('counts', [{ ...table, condition: 'id >= 0' }])).resolves.toMatchObject({ rows: 1000 });
});

it('says which database has lost a table', async () => {
  await query(database.address, 'DROP TABLE t');

  await expect(verify('counts')).rejects.toMatchObject({
    code: 'database-error',
    message: expect.stringContaining('relation "public.t" does not exist'),
  });
});
