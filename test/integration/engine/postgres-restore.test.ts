import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCut } from '../../../src/engine/postgres/cut.js';
import { dumpArchive } from '../../../src/engine/postgres/dump-archive.js';
import { restoreArchive } from '../../../src/engine/postgres/restore-archive.js';
import { childrenRunning } from '../../harness/child-processes.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';

const never = new AbortController().signal;
const keep = { keepOwnersAndPrivileges: true, signal: never };

let source: TestDatabase;
let target: TestDatabase;
let archive: Buffer[];

beforeAll(async () => {
  source = await createTestDatabase();
  await query(
    source.address,
    `CREATE TYPE mood AS ENUM ('calm', 'busy');
     CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, mood mood, body bytea);
     CREATE TABLE "Order ""1""" (id int PRIMARY KEY, customer int REFERENCES customer);
     CREATE INDEX ON customer (lower(name));
     CREATE VIEW busy AS SELECT * FROM customer WHERE mood = 'busy';
     CREATE MATERIALIZED VIEW counts AS SELECT mood, count(*) FROM customer GROUP BY mood;
     INSERT INTO customer (name, mood, body)
       SELECT 'name ' || n, (ARRAY['calm', 'busy'])[1 + n % 2]::mood, decode(repeat(md5(n::text), 10), 'hex')
       FROM generate_series(1, 20000) n;
     INSERT INTO "Order ""1""" SELECT n, n FROM generate_series(1, 100) n;
     REFRESH MATERIALIZED VIEW counts;
     SELECT lo_from_bytea(0, 'a large object')`,
  );
  archive = await dump();
});
afterAll(() => source.drop());

beforeEach(async () => {
  // Of the same owner, as a shadow is.
  target = await createTestDatabase({ owner: source.address.user, password: source.address.password });
});
afterEach(() => query(target.admin, `ALTER ROLE "${target.address.user}" RESET ALL`));

async function dump(): Promise<Buffer[]> {
  const cut = await openCut(source.address, { signal: never });
  const parts: Buffer[] = [];
  for await (const part of dumpArchive(source.address, cut, { signal: never })) parts.push(part);
  await cut.close();
  return parts;
}

async function* streamOf(parts: Buffer[]): AsyncIterable<Buffer> {
  yield* parts;
}

const CONTENT = `
  SELECT (SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM customer c) AS customers,
         (SELECT count(*) FROM "Order ""1""") AS orders, (SELECT last_value FROM customer_id_seq) AS sequence,
         (SELECT string_agg(counts::text, ',' ORDER BY mood) FROM counts) AS counts, (SELECT count(*) FROM busy) AS busy,
         (SELECT string_agg(convert_from(lo_get(oid), 'UTF8'), ',') FROM pg_largeobject_metadata) AS large,
         (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public') AS indexes`;

it('brings everything back, with statistics', async () => {
  const told: number[] = [];

  await restoreArchive(target.address, streamOf(archive), { ...keep, onBytes: (bytes) => told.push(bytes) });

  expect(await query(target.address, CONTENT)).toEqual(await query(source.address, CONTENT));
  expect(await query(target.address, `SELECT reltuples FROM pg_class WHERE relname = 'customer'`)).toEqual([
    { reltuples: 20000 },
  ]);
  expect(told.at(-1)).toBe(Buffer.concat(archive).length);
});

it('restores into a database whose role is read-only by default', async () => {
  await query(target.admin, `ALTER ROLE "${target.address.user}" SET default_transaction_read_only = on`);

  await restoreArchive(target.address, streamOf(archive), keep);

  expect(await query(target.address, 'SELECT count(*)::int AS rows FROM customer')).toEqual([{ rows: 20000 }]);
});

it('leaves owners and privileges out when it is told to', async () => {
  // Somebody our role cannot act for.
  await query(
    source.admin,
    `CREATE TABLE foreign_property (id int); GRANT SELECT ON foreign_property TO "${source.address.user}"`,
  );
  const foreign = await dump();
  await query(source.admin, 'DROP TABLE foreign_property');

  await expect(restoreArchive(target.address, streamOf(foreign), keep)).rejects.toMatchObject({
    code: 'restore-failed',
    message: expect.stringMatching(/PostgreSQL says: ERROR: +must be (member of|able to SET) role/),
  });

  const { address } = await createTestDatabase({ owner: target.address.user, password: target.address.password });
  await restoreArchive(address, streamOf(foreign), { ...keep, keepOwnersAndPrivileges: false });
  expect(await query(address, `SELECT tableowner FROM pg_tables WHERE tablename = 'foreign_property'`)).toEqual([
    { tableowner: target.address.user },
  ]);
});

describe('an archive that is not whole', () => {
  it.each([
    ['empty', () => []],
    ['cut off in the middle', (parts: Buffer[]) => [Buffer.concat(parts).subarray(0, 800_000)]],
    ['not an archive', () => [Buffer.from('this is not an archive')]],
  ])('is refused when it is %s', async (_, damage) => {
    await expect(restoreArchive(target.address, streamOf(damage(archive)), keep)).rejects.toMatchObject({
      code: 'restore-failed',
    });
    expect(await childrenRunning('pg_restore')).toEqual([]);
  });

  it('passes on why it could not be read', async () => {
    const failure = new Error('a chunk is missing');
    async function* broken(): AsyncIterable<Buffer> {
      yield archive[0]!;
      throw failure;
    }

    await expect(restoreArchive(target.address, broken(), keep)).rejects.toBe(failure);
    expect(await childrenRunning('pg_restore')).toEqual([]);
  });
});

it('fails at the first statement that fails, without reading the rest', async () => {
  await query(target.address, 'CREATE TABLE customer (taken int)');
  let parts = 0;
  async function* counted(): AsyncIterable<Buffer> {
    for (;;) {
      parts += 1;
      yield archive[parts - 1] ?? Buffer.alloc(65_536);
    }
  }

  await expect(restoreArchive(target.address, counted(), keep)).rejects.toMatchObject({
    code: 'restore-failed',
    message: expect.stringContaining('relation "customer" already exists'),
  });
});

it('leaves neither process nor session behind on abort', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled by a person');
  let running: number[] = [];
  async function* slow(): AsyncIterable<Buffer> {
    yield* archive.slice(0, 5);
    running = await childrenRunning('pg_restore');
    controller.abort(reason);
    yield* archive.slice(5);
  }

  await expect(restoreArchive(target.address, slow(), { ...keep, signal: controller.signal })).rejects.toBe(reason);
  expect(running).toHaveLength(1);
  expect(await childrenRunning('pg_restore')).toEqual([]);
  await expect
    .poll(() =>
      query(
        target.admin,
        `SELECT FROM pg_stat_activity WHERE datname = '${target.address.database}' AND application_name = 'snapback'`,
      ),
    )
    .toEqual([]);
});
