import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { verifyFilestore } from '../../../src/engine/filestore/staging/verify-filestore.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { filestoreEntries } from '../../../src/engine/restore/compare/manifest-survey.js';
import { cutover } from '../../../src/engine/restore/cutover/cutover.js';
import {
  buildStandby,
  type NewStandby,
  type StandbyRequest,
} from '../../../src/engine/restore/standby/build-standby.js';
import type { BuiltStandby } from '../../../src/engine/restore/standby/built-standby.js';
import { RefreshInDoubt } from '../../../src/engine/restore/standby/refresh-in-doubt.js';
import { refreshStandby } from '../../../src/engine/restore/standby/refresh-standby.js';
import { takeStandby } from '../../../src/engine/restore/standby/take-standby.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { MemoryNotes } from '../../harness/memory-notes.js';
import { openToLook } from '../../harness/restore-into.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { MemoryJournal } from './memory-journal.js';
import { quietly } from './restore-fixture.js';

const project = randomUUID();
const { signal } = quietly;
let database: TestDatabase;
let vault: VaultFixture;
let root: string;
let files: string;
let built: BuiltStandby;
let first: string;
let begun: number;

const DEFINITIONS = `
  CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, upper text GENERATED ALWAYS AS (upper(name)) STORED);
  CREATE TABLE "Order" (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customer DEFERRABLE, total numeric);
  CREATE INDEX ON "Order" (customer);
  CREATE TABLE big AS SELECT n, repeat(md5(n::text), 20) AS text FROM generate_series(1, 3000) n;
  CREATE TABLE log (at timestamptz DEFAULT now(), what text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log (what) VALUES (TG_OP); RETURN NEW; END $$;
  CREATE TRIGGER noting AFTER INSERT ON "Order" FOR EACH ROW EXECUTE FUNCTION note();
  CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) AS total FROM "Order" GROUP BY 1;
  INSERT INTO customer (id, name) SELECT n, 'customer ' || n FROM generate_series(1, 50) n;
  INSERT INTO "Order" (customer, total) SELECT 1 + n % 50, n FROM generate_series(1, 200) n;
  REFRESH MATERIALIZED VIEW totals;`;

beforeAll(async () => {
  vault = await makeVault();
});
afterAll(() => vault.remove());

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'snapback-test-refresh-')));
  files = join(root, 'files');
  await mkdir(join(files, 'a/b'), { recursive: true });
  for (const name of ['one', 'two', 'a/three', 'a/b/four']) await writeFile(join(files, name), name.repeat(100));
  await symlink('one', join(files, 'link'));
  database = await createTestDatabase();
  await query(database.address, DEFINITIONS);
  first = await take();
  const made = await buildStandby(await request(first), vault.vault, quietly);
  built = JSON.parse(JSON.stringify(made.built)) as BuiltStandby;
  begun = 0;
});
afterEach(async () => {
  await Promise.all([database.drop(), rm(root, { recursive: true, force: true })]);
});

async function take(): Promise<string> {
  const snapshotId = randomUUID();
  await capture({ project, snapshotId, database: database.address, filestore: files }, vault.vault, quietly);
  return snapshotId;
}

async function request(snapshotId: string): Promise<StandbyRequest> {
  const like = await gatherDatabaseFacts(database.address);
  return {
    ...{ project, snapshotId, standbyId: randomUUID() },
    database: { address: database.address, like, sessions: 1 },
    filestore: { path: files },
  };
}

async function refresh(snapshotId: string) {
  const context = { ...quietly, begin: async () => void (begun += 1) };
  return refreshStandby({ snapshotId: first, built }, await request(snapshotId), vault.vault, context);
}

function certain(refreshed: NewStandby | RefreshInDoubt): NewStandby {
  if (refreshed instanceof RefreshInDoubt) throw refreshed;
  return refreshed;
}

/** All rows, and what comes next of sequences. */
async function contents(): Promise<unknown> {
  const read = async (sql: string) => query(database.address, sql);
  return {
    customer: await read('SELECT * FROM customer ORDER BY id'),
    order: await read('SELECT * FROM "Order" ORDER BY id'),
    big: await read('SELECT count(*), sum(hashtext(text)) FROM big'),
    log: await read('SELECT * FROM log ORDER BY at, what'),
    totals: await read('SELECT * FROM totals ORDER BY 1'),
    sequence: await read('SELECT last_value FROM "Order_id_seq"'),
    triggers: await read('SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal'),
    keys: await read(
      `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND convalidated`,
    ),
  };
}

const CHANGES: Record<string, () => Promise<unknown>> = {
  'nothing at all': async () => undefined,
  'rows of a table that refers to another': () =>
    query(database.address, `UPDATE "Order" SET total = total + 1 WHERE id < 20; DELETE FROM "Order" WHERE id > 190`),
  'rows of a table that another refers to': () =>
    query(database.address, `INSERT INTO customer VALUES (51, 'new'); UPDATE customer SET name = 'x' WHERE id = 3`),
  'a table that was emptied': () => query(database.address, 'TRUNCATE log'),
  'a sequence': () => query(database.address, `SELECT nextval('"Order_id_seq"')`),
  files: async () => {
    await writeFile(join(files, 'one'), 'another content');
    await writeFile(join(files, 'a/new'), 'new');
    await mkdir(join(files, 'a/c'), { mode: 0o750 });
    await writeFile(join(files, 'a/c/deep'), 'deep');
    await unlink(join(files, 'two'));
    await chmod(join(files, 'a/three'), 0o600);
  },
  'a directory that became a file, a file that became a directory, and a link that points elsewhere': async () => {
    await rm(join(files, 'a/b'), { recursive: true });
    await writeFile(join(files, 'a/b'), 'a file now');
    await unlink(join(files, 'two'));
    await mkdir(join(files, 'two'));
    await writeFile(join(files, 'two/inside'), 'inside');
    await unlink(join(files, 'link'));
    await symlink('a/three', join(files, 'link'));
  },
};

it.each(Object.keys(CHANGES))('becomes a later snapshot, exactly: %s', async (what) => {
  await CHANGES[what]!();
  await query(database.address, 'REFRESH MATERIALIZED VIEW totals');
  const second = await take();
  const expected = await contents();
  const refreshed = certain(await refresh(second));
  expect(begun).toBe(1);
  expect(refreshed).toMatchObject({ compared: { tables: 4, warnings: [] } });
  await query(database.address, `DELETE FROM "Order"; DELETE FROM customer; TRUNCATE big`);

  const like = await gatherDatabaseFacts(database.address);
  const place = {
    database: { address: database.address, like, properties: 'captured' as const },
    filestore: { path: files },
  };
  const staged = await takeStandby(refreshed.built, { attemptId: randomUUID(), ...place }, signal);
  if ('code' in staged) throw new Error(staged.message);
  await cutover(staged, { journal: new MemoryJournal() });
  expect(await contents()).toEqual(expected);
  await verifyFilestore(files, filestoreEntries(vault.vault, project, second), quietly);
});

it.each<[string, string, string]>([
  ['a column was added', 'Its definitions are others.', 'ALTER TABLE log ADD more int'],
  [
    'a function was replaced',
    'Its definitions are others.',
    `CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`,
  ],
  ['most rows have changed', 'Most rows have changed.', `UPDATE big SET text = text || 'x'`],
  ['a large object is there', 'Its definitions are others.', 'SELECT lo_create(0)'],
])('is left as it is, and says so, when %s', async (_, reason, sql) => {
  await query(database.address, sql);
  expect(await refresh(await take())).toEqual(new RefreshInDoubt(reason));
  expect(begun).toBe(0);
  const like = await gatherDatabaseFacts(database.address);
  const place = {
    database: { address: database.address, like, properties: 'captured' as const },
    filestore: { path: files },
  };
  expect(await takeStandby(built, { attemptId: randomUUID(), ...place }, signal)).toHaveProperty('database');
});

it('is not trusted when rows that need not be loaded are younger than what was compared', async () => {
  await query(database.address, `DELETE FROM "Order" WHERE id = 1`);
  const second = await take();
  built.database!.horizon = '3';
  expect(await refresh(second)).toBeInstanceOf(RefreshInDoubt);
  expect(begun).toBe(1);
});

it('is not refreshed when somebody has touched it', async () => {
  await query(database.address, `DELETE FROM "Order" WHERE id = 1`);
  const second = await take();
  await writeFile(join(built.directory!.path, 'theirs'), 'x');
  expect(await refresh(second)).toBeInstanceOf(RefreshInDoubt);
  expect(begun).toBe(0);
});

it('is built anew where a function has changed rows while a view was filled', async () => {
  await query(
    database.address,
    `CREATE FUNCTION meddle() RETURNS integer LANGUAGE plpgsql AS
       $$ BEGIN UPDATE public.customer SET name = name || '!' WHERE id = 1; RETURN 1; END $$;
     CREATE MATERIALIZED VIEW meddling AS SELECT public.meddle() AS one`,
  );
  first = await take();
  const made = await buildStandby(await request(first), vault.vault, quietly);
  built = JSON.parse(JSON.stringify(made.built)) as BuiltStandby;
  await query(database.address, 'TRUNCATE log');
  expect(await refresh(await take())).toBeInstanceOf(RefreshInDoubt);
});

it('is noted as it is when it has become a later snapshot, which the next one builds on', async () => {
  await query(database.address, 'UPDATE "Order" SET total = total + 1 WHERE id < 20');
  await writeFile(join(files, 'one'), 'another content');
  const second = await take();
  const notes = new MemoryNotes();
  const context = { ...quietly, begin: async () => undefined };
  const wanted = { ...(await request(second)), notes };
  const refreshed = certain(await refreshStandby({ snapshotId: first, built }, wanted, vault.vault, context));
  const { database: shadow, directory } = refreshed.built;
  const there = await openToLook({ ...database.address, database: shadow!.name });
  const snapshotId = randomUUID();
  const base = { snapshotId: second, notes: notes.asRead() };
  const next = await capture(
    { project, snapshotId, database: there, filestore: directory!.path, base },
    vault.vault,
    quietly,
  );
  expect(next).toMatchObject({ type: 'differential', readBytes: 0, fileCount: 4 });
});
