import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cut, openCut } from '../../../src/engine/postgres/cut/cut.js';
import { dumpArchive } from '../../../src/engine/postgres/programs/dump-archive.js';
import { childrenRunning } from '../../harness/child-processes.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';

/** More than the pipes between pg_dump and us hold, so that it cannot be done before it is read. */
const BIG_TABLE = `CREATE TABLE big AS SELECT n, repeat(md5(n::text), 20) AS filler FROM generate_series(1, 30000) n`;

const never = new AbortController().signal;
let database: TestDatabase;
let cut: Cut;

beforeAll(async () => {
  database = await createTestDatabase();
  await query(database.address, BIG_TABLE);
});
afterAll(() => database.drop());

beforeEach(async () => {
  cut = await openCut(database.address, { signal: never });
});
afterEach(() => cut.close());

async function readAll(archive: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part);
  return Buffer.concat(parts);
}

/** Reads to the end and keeps nothing: an assertion that fails would print it. */
async function consume(archive: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const part of archive) bytes += part.length;
  return bytes;
}

function backends(): Promise<unknown[]> {
  return query(
    database.admin,
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND pid <> pg_backend_pid()`,
  );
}

it('dumps the whole database, uncompressed, as it was at the cut', async () => {
  await query(database.address, `INSERT INTO big SELECT n, 'after the cut' FROM generate_series(1, 10) n`);

  const archive = await readAll(dumpArchive(database.address, cut, { signal: never }));

  expect(archive.subarray(0, 5).toString()).toBe('PGDMP');
  expect(archive.includes('30000\t')).toBe(true);
  expect(archive.includes('after the cut')).toBe(false);
});

it('tells version and size with the cut', () => {
  expect(cut.major).toBeGreaterThanOrEqual(13);
  expect(cut.databaseBytes).toBeGreaterThan(10_000_000);
});

it.each([
  ['a table', 'CREATE TABLE secret (id int)'],
  [
    'rows behind a row-level security policy, rather than leave them out',
    `CREATE TABLE secret (id int);
     ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
     GRANT SELECT ON secret TO PUBLIC`,
  ],
])('names what the role may not read: %s', async (_, sql) => {
  await query(database.admin, sql);
  const newer = await openCut(database.address, { signal: never });
  try {
    await expect(consume(dumpArchive(database.address, newer, { signal: never }))).rejects.toMatchObject({
      code: 'database-permission-denied',
      message: expect.stringMatching(/table "?secret/),
    });
  } finally {
    await newer.close();
    await query(database.admin, 'DROP TABLE secret');
  }
});

it('fails when pg_dump is killed in the middle, and is never a short dump', async () => {
  const read = async () => {
    let parts = 0;
    for await (const _ of dumpArchive(database.address, cut, { signal: never })) {
      parts += 1;
      if (parts === 3) for (const pid of await childrenRunning('pg_dump')) process.kill(pid, 'SIGKILL');
    }
  };

  await expect(read()).rejects.toMatchObject({ code: 'dump-failed', message: expect.stringContaining('SIGKILL') });
});

it('fails when the server ends the session in the middle', async () => {
  const read = async () => {
    let parts = 0;
    for await (const _ of dumpArchive(database.address, cut, { signal: never })) {
      parts += 1;
      if (parts === 3) {
        await query(
          database.admin,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE 'COPY%' AND pid <> pg_backend_pid()`,
        );
      }
    }
  };

  await expect(read()).rejects.toMatchObject({ code: 'dump-failed' });
});

it('fails when the cut is gone', async () => {
  await cut.close();

  await expect(consume(dumpArchive(database.address, cut, { signal: never }))).rejects.toMatchObject({
    code: 'dump-failed',
    message: expect.stringContaining('snapshot'),
  });
});

describe('when it is not wanted any more', () => {
  it('an abort leaves neither process nor session behind', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const read = async () => {
      for await (const _ of dumpArchive(database.address, cut, { signal: controller.signal })) {
        expect(await childrenRunning('pg_dump')).toHaveLength(1);
        controller.abort(reason);
      }
    };

    await expect(read()).rejects.toBe(reason);
    expect(await childrenRunning('pg_dump')).toEqual([]);
    await expect.poll(backends).toEqual([]);
  });

  it('a consumer that stops early ends the process', async () => {
    for await (const _ of dumpArchive(database.address, cut, { signal: never })) break;

    expect(await childrenRunning('pg_dump')).toEqual([]);
  });

  it('an abort before the start starts nothing', async () => {
    await expect(
      consume(dumpArchive(database.address, cut, { signal: AbortSignal.abort(new Error('before')) })),
    ).rejects.toThrow('before');
    expect(await childrenRunning('pg_dump')).toEqual([]);
  });
});

it('reads no faster than it is consumed', async () => {
  const archive = dumpArchive(database.address, cut, { signal: never })[Symbol.asyncIterator]();
  await archive.next();
  await sleep(300);

  // Still there, waiting: everything would have been read long ago otherwise.
  expect(await childrenRunning('pg_dump')).toHaveLength(1);
  await archive.return?.();
});

it('waits for a table that is locked for a moment', async () => {
  const locking = query(database.admin, `BEGIN; LOCK TABLE big; SELECT pg_sleep(0.5); COMMIT`);
  await sleep(100);

  const archive = await readAll(dumpArchive(database.address, cut, { signal: never }));

  expect(archive.length).toBeGreaterThan(1_000_000);
  await locking;
});
