import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { buildStandby, type StandbyRequest } from '../../../src/engine/restore/standby/build-standby.js';
import type { BuiltStandby } from '../../../src/engine/restore/standby/built-standby.js';
import { RefreshInDoubt } from '../../../src/engine/restore/standby/refresh-in-doubt.js';
import { refreshStandby } from '../../../src/engine/restore/standby/refresh-standby.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { openToLook } from '../../harness/restore-into.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { quietly } from './restore-fixture.js';

const project = randomUUID();
/** Some forty segments for the table below. */
const databaseOptions = { segmentBytes: 64 * 1024 };
let database: TestDatabase;
let vault: VaultFixture;
let held: { snapshotId: string; built: BuiltStandby };
let first: string | undefined;

/** A table that is nearly all of the database, with a key of two columns. */
const DEFINITIONS = `
  CREATE TABLE place (id int PRIMARY KEY, name text);
  INSERT INTO place SELECT n, 'place ' || n FROM generate_series(1, 20) n;
  CREATE TABLE line (
    "Part" text, n int, place int REFERENCES place, twin text, double text GENERATED ALWAYS AS (twin || twin) STORED,
    c int GENERATED ALWAYS AS IDENTITY, g numeric DEFAULT 1.0, t point DEFAULT '(1,2)',
    PRIMARY KEY (n, "Part"), before int, FOREIGN KEY (before, "Part") REFERENCES line DEFERRABLE INITIALLY DEFERRED);
  CREATE INDEX ON line (place);
  ALTER TABLE line REPLICA IDENTITY FULL;
  INSERT INTO line ("Part", n, place, twin, before) SELECT 'a', n, 1 + n % 20, repeat(md5(n::text), 3), nullif(n - 1, 0) FROM generate_series(1, 10000) n;`;

beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault.remove());

beforeEach(async () => {
  first = undefined;
  database = await createTestDatabase();
});
afterEach(() => database.drop());

async function begin(...definitions: string[]): Promise<void> {
  for (const sql of definitions) await query(database.address, sql);
  const snapshotId = await take();
  const { built } = await buildStandby(await request(snapshotId), vault.vault, quietly);
  held = { snapshotId, built };
  first = snapshotId;
}

/** A differential of the first one, whose segments are those of that where nothing has changed. */
async function take(): Promise<string> {
  const snapshotId = randomUUID();
  const base = first === undefined ? undefined : { snapshotId: first };
  const what = { project, snapshotId, database: database.address, databaseOptions, ...(base && { base }) };
  await capture(what, vault.vault, quietly);
  return snapshotId;
}

async function request(snapshotId: string): Promise<StandbyRequest> {
  const like = await gatherDatabaseFacts(database.address);
  return { project, snapshotId, standbyId: randomUUID(), database: { address: database.address, like, sessions: 1 } };
}

async function refresh(snapshotId: string): Promise<BuiltStandby | RefreshInDoubt> {
  const context = { ...quietly, begin: async () => undefined };
  const refreshed = await refreshStandby(held, await request(snapshotId), vault.vault, context);
  if (refreshed instanceof RefreshInDoubt) return refreshed;
  held = { snapshotId, built: refreshed.built };
  return refreshed.built;
}

interface Table {
  lines: unknown[];
  keys: unknown[];
}

async function lookAt(address: TestDatabase['address']): Promise<Table> {
  const lines = await query(address, 'SELECT count(*), sum(hashtext(l::text)::bigint) FROM line l');
  const keys = `SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1`;
  return { lines, keys: await query(address, keys) };
}

/** And whether the table has the file it was made with: one that is emptied gets another one. */
async function standby(): Promise<Table & { isSameFile: unknown }> {
  const address = await openToLook({ ...database.address, database: held.built.database!.name });
  const same = `SELECT pg_relation_filenode('line') = 'line'::regclass::oid AS same`;
  const [file] = await query<{ same: boolean }>(address, same);
  return { ...(await lookAt(address)), isSameFile: file!.same };
}

async function change(sql: string): Promise<Table> {
  for (const statement of sql.split('; ')) await query(database.address, statement);
  return lookAt(database.address);
}

const FEW_CHANGES: [string, string][] = [
  ['some were updated', `UPDATE line SET twin = 'x' WHERE n BETWEEN 4000 AND 4100`],
  ['some are equal, and read otherwise', 'UPDATE line SET g = 1.00 WHERE n < 50'],
  ['some were deleted', 'DELETE FROM line WHERE n > 9900'],
  [
    'some are new',
    `INSERT INTO line ("Part", n, place, twin) SELECT 'b', n, 3, repeat(md5(n::text), 3) FROM generate_series(1, 200) n`,
  ],
  ['some got another key', `UPDATE line SET "Part" = E'ä%_\\\\\t', before = NULL WHERE n = 10000`],
  [
    'some changed places',
    'UPDATE line SET before = NULL WHERE n BETWEEN 300 AND 401; UPDATE line SET n = -n WHERE n BETWEEN 300 AND 400; VACUUM line; UPDATE line SET n = 300 WHERE n = -400',
  ],
];

describe('of a table whose key tells rows apart', () => {
  it.each(FEW_CHANGES)('only those of segments that differ are replaced: %s', async (_, sql) => {
    await begin(DEFINITIONS);
    const now = await change(sql);
    expect(await refresh(await take())).toMatchObject({ database: {} });
    expect(await standby()).toEqual({ ...now, isSameFile: true });
  });

  it('however the database prints them', async () => {
    const set = (setting: string) => `ALTER DATABASE "${database.address.database}" SET ${setting};`;
    await begin(
      [`DateStyle = 'German'`, 'extra_float_digits = -9', `bytea_output = 'escape'`, `TimeZone = 'Asia/Tokyo'`]
        .map(set)
        .join(''),
      DEFINITIONS,
      `ALTER TABLE line ADD at timestamptz DEFAULT '2026-03-04 05:06:07+00', ADD f float8 DEFAULT 1/3.0, ADD b bytea DEFAULT '\\x00ff'`,
    );
    const now = await change(FEW_CHANGES[0]![1]);
    expect(await refresh(await take())).toMatchObject({ database: {} });
    expect(await standby()).toEqual({ ...now, isSameFile: true });
  });

  it('as often as they change, and nothing of what was taken out is left behind', async () => {
    await begin(DEFINITIONS);
    let now: Table | undefined;
    for (const n of [1, 2, 3]) {
      now = await change(`UPDATE line SET twin = 'x${n}' WHERE n BETWEEN ${n}000 AND ${n}100`);
      expect(await refresh(await take())).toMatchObject({ database: {} });
    }
    expect(await standby()).toEqual({ ...now, isSameFile: true });
    const admin = { ...database.admin, database: held.built.database!.name };
    const dead = `CREATE EXTENSION pgstattuple; SELECT dead_tuple_count::int AS dead FROM pgstattuple('line')`;
    expect(await query(admin, dead)).toEqual([{ dead: 0 }]);
  });

  it('all are replaced where most differ and other tables have more', async () => {
    await begin(
      `${DEFINITIONS}; CREATE TABLE more AS SELECT repeat(md5(n::text), 10) FROM generate_series(1, 20000) n`,
    );
    const now = await change(`UPDATE line SET twin = md5(twin)`);
    expect(await refresh(await take())).toMatchObject({ database: {} });
    expect(await standby()).toEqual({ ...now, isSameFile: false });
  });
});

describe('everything is built anew', () => {
  it.each<[string, string]>([
    [
      'where nothing tells its rows apart',
      'ALTER TABLE line DROP CONSTRAINT "line_before_Part_fkey", DROP CONSTRAINT line_pkey',
    ],
    ['where a rule says what happens when one is deleted', 'CREATE RULE kept AS ON DELETE TO line DO INSTEAD NOTHING'],
    [
      'where its key is compared in a way of its own',
      `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       ALTER TABLE line DROP CONSTRAINT "line_before_Part_fkey", ALTER COLUMN "Part" TYPE text COLLATE loose`,
    ],
  ])('%s', async (_, sql) => {
    await begin(DEFINITIONS, sql);
    await change(FEW_CHANGES[0]![1]);
    expect(await refresh(await take())).toBeInstanceOf(RefreshInDoubt);
  });

  it('when rows refer to what is not there', async () => {
    await begin(DEFINITIONS);
    await query(database.admin, 'SET session_replication_role = replica; UPDATE line SET place = 77 WHERE n = 5');
    expect(await refresh(await take())).toBeInstanceOf(RefreshInDoubt);
  });

  it('when rows that it is to take out are not there', async () => {
    await begin(DEFINITIONS);
    await change(FEW_CHANGES[0]![1]);
    const second = await take();
    // Which nobody can do unseen: the one that is to be found out is made to look untouched.
    const address = await openToLook({ ...database.address, database: held.built.database!.name });
    await query(address, 'UPDATE line SET before = NULL WHERE n = 4051; DELETE FROM line WHERE n = 4050');
    await query(
      { ...database.address, database: 'postgres' },
      `ALTER DATABASE "${address.database}" ALLOW_CONNECTIONS false`,
    );
    const [row] = await query<{ xmin: string }>(
      database.address,
      `SELECT xmin::text FROM pg_database WHERE datname = '${address.database}'`,
    );
    held.built.database!.closedXmin = row!.xmin;
    expect(await refresh(second)).toBeInstanceOf(RefreshInDoubt);
  });
});
