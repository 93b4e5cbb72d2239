import { randomBytes } from 'node:crypto';
import { appendFile, chmod, open, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../../harness/database.js';
import { type Restored, RestoredPlace } from './restored-place.js';

/** Tables of which everything can be told. */
const SURE = `
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
  CREATE TYPE pair AS (a integer, b text);
  CREATE DOMAIN short AS text CHECK (length(VALUE) < 100);
  CREATE TABLE plain (id integer PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
  INSERT INTO plain SELECT n, md5(n::text), '2026-01-01'::timestamptz + n * interval '1 s' FROM generate_series(1, 2000) n;
  CREATE INDEX ON plain (lower(name));
  CREATE TABLE wide (id integer, big text); ALTER TABLE wide ALTER big SET STORAGE EXTERNAL;
  INSERT INTO wide SELECT n, repeat(md5(n::text), 400) FROM generate_series(1, 40) n;
  CREATE TABLE empty (a integer);
  CREATE TABLE no_columns (); INSERT INTO no_columns SELECT FROM generate_series(1, 3);
  CREATE TABLE typed (m mood, p pair, s short, ms mood[], r int4range, f float8, v interval, x xml, j jsonb, b bytea);
  INSERT INTO typed VALUES ('ok', '(1,two)', 'short', '{sad,happy}', '[1,5)', 0.1, '-1 mon 2 days', '<a/>', '{"a": [1]}', '\\x00ff'),
    (NULL, NULL, NULL, '{NULL}', 'empty', 'NaN', 'P1Y', NULL, 'null', '');
  CREATE TABLE generated (a integer, twice integer GENERATED ALWAYS AS (a * 2) STORED);
  INSERT INTO generated SELECT n FROM generate_series(1, 50) n;
  CREATE TABLE parted (k integer, v text) PARTITION BY RANGE (k);
  CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (200);
  INSERT INTO parted SELECT n, 'p' || n FROM generate_series(50, 150) n;
  CREATE TABLE mother (a integer); CREATE TABLE daughter (b text) INHERITS (mother);
  INSERT INTO mother VALUES (1); INSERT INTO daughter VALUES (2, 'two');
  CREATE UNLOGGED TABLE unlogged (a integer); INSERT INTO unlogged SELECT generate_series(1, 10);
  CREATE TABLE owned (tenant text, a integer); ALTER TABLE owned ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY none ON owned USING (false); INSERT INTO owned VALUES ('x', 1), ('y', 2);
  CREATE TABLE child (plain integer REFERENCES plain, note text); INSERT INTO child SELECT n, 'n' FROM generate_series(1, 20) n;
  CREATE TABLE stamped (a integer, by text);
  CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.by := 'trigger'; RETURN NEW; END $$;
  INSERT INTO stamped VALUES (1, 'hand');
  CREATE TRIGGER stamping BEFORE INSERT OR UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();
  ALTER TABLE stamped ENABLE ALWAYS TRIGGER stamping;
  CREATE TABLE granted (a integer, b integer); INSERT INTO granted VALUES (1, 2); GRANT SELECT (a) ON granted TO other;
  CREATE MATERIALIZED VIEW view AS SELECT count(*) FROM plain;
  CREATE SEQUENCE numbers; SELECT nextval('numbers');`;

/** Tables of which it cannot be told what exactly a restore puts in, or what their text is. */
const UNSURE = `
  CREATE FUNCTION known(integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN $1 > 0; END $$;
  CREATE TABLE checked (a integer CHECK (known(a))); INSERT INTO checked VALUES (1);
  CREATE FUNCTION thrice(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN $1 * 3; END $$;
  CREATE TABLE computed (a integer, b integer GENERATED ALWAYS AS (thrice(a)) STORED); INSERT INTO computed VALUES (1);
  CREATE TABLE named (c regclass); INSERT INTO named VALUES ('plain');
  CREATE TABLE hashed (m mood, v integer) PARTITION BY HASH (m);
  CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO hashed SELECT (ARRAY['sad', 'ok', 'happy'])[n % 3 + 1]::mood, n FROM generate_series(1, 30) n;
  CREATE TABLE base_of (a integer); CREATE TABLE late_column (b text) INHERITS (base_of);
  ALTER TABLE base_of ADD COLUMN c integer; INSERT INTO late_column VALUES (1, 'x', 3);`;

const SURE_TABLES = [
  ...[
    'child',
    'daughter',
    'empty',
    'generated',
    'granted',
    'mother',
    'no_columns',
    'owned',
    'parted_high',
    'parted_low',
  ],
  ...['plain', 'stamped', 'typed', 'unlogged', 'wide', 'base_of'],
].toSorted();

let place: RestoredPlace;
let restored: Restored;

beforeAll(async () => {
  place = await RestoredPlace.start();
  const live = await place.environment(SURE + UNSURE);
  const { snapshotId } = await place.capture({ database: live.database });
  restored = await place.restore(live, snapshotId);
}, 60_000);
afterAll(() => place.remove());

async function next(): Promise<{ carried: string[]; read: Record<string, string | undefined> }> {
  const { snapshotId, result } = await place.captureRestored(restored);
  expect(result.type).toBe('differential');
  expect(await place.contents(snapshotId)).toEqual(await place.fullContents(restored.database));
  return place.look(snapshotId);
}

describe('the snapshot after a restore', { timeout: 60_000 }, () => {
  it('has everything that a full one has, and reads only what it cannot be sure of', async () => {
    const { carried, read } = await next();
    expect(carried.toSorted()).toEqual(SURE_TABLES);
    expect(Object.keys(read).toSorted()).toEqual(
      ['checked', 'computed', 'hashed_0', 'hashed_1', 'late_column', 'named'].toSorted(),
    );
    expect(Object.values(read).every((reason) => reason !== undefined)).toBe(true);
  });

  it('can be restored, and is built on in its turn though it is a differential', async () => {
    const { snapshotId } = await place.captureRestored(restored);
    const again = await place.restore(restored, snapshotId, { verification: 'all' });
    // Rows of the partitions by an enum come to lie in others, as in every restore.
    const rowsOf = async (contents: Promise<unknown>) => {
      const { rows } = (await contents) as { rows: Record<string, { text: string[] }> };
      const { 'public.hashed_0': one, 'public.hashed_1': other, ...others } = rows;
      return { ...others, hashed: [...one!.text, ...other!.text].toSorted() };
    };
    expect(await rowsOf(place.fullContents(again.database))).toEqual(await rowsOf(place.contents(snapshotId)));
    const { snapshotId: third, result } = await place.captureRestored(again);
    expect(result.type).toBe('differential');
    expect(await place.contents(third)).toEqual(await place.fullContents(again.database));
    // Whatever was odd about the order of its columns, it is as it was restored now.
    expect((await place.look(third)).carried.toSorted()).toEqual([...SURE_TABLES, 'late_column'].toSorted());
  });

  it('is not disturbed by what changes no row', async () => {
    await query(restored.database, 'VACUUM FREEZE');
    await query(restored.database, 'ANALYZE');
    await query(
      restored.database,
      'CREATE INDEX ON plain (at); GRANT SELECT ON plain TO other; COMMENT ON TABLE wide IS $$x$$',
    );
    await query(restored.database, 'SELECT count(*) FROM plain FOR UPDATE').catch(() => []);
    await query(restored.database, 'SELECT * FROM plain FOR UPDATE');
    await query(restored.database, 'ALTER TABLE mother RENAME TO grandmother');
    await query(restored.database, `BEGIN; UPDATE plain SET name = 'x'; DELETE FROM child; ROLLBACK`);
    const { carried } = await next();
    expect(carried.toSorted()).toEqual([...SURE_TABLES.filter((name) => name !== 'mother'), 'grandmother'].toSorted());
  });

  it('reads every table that was changed in any way, and no other', async () => {
    const changes: Record<string, string> = {
      // A row that was added, one that is gone, one that was changed and changed back, one in another's place.
      plain: `INSERT INTO plain VALUES (9999, 'new')`,
      child: 'DELETE FROM child WHERE plain = 3',
      typed: 'UPDATE typed SET f = f',
      parted_low: `DELETE FROM parted WHERE k = 50; INSERT INTO parted VALUES (51, 'p51')`,
      // Long values, rows of one that was empty, rows without columns.
      wide: `UPDATE wide SET big = big || 'x' WHERE id = 40`,
      empty: 'INSERT INTO empty VALUES (1)',
      no_columns: 'INSERT INTO no_columns DEFAULT VALUES',
      // Rewritten; emptied and filled again; another type; a column that came and went; another table under its name.
      generated: 'VACUUM FULL generated',
      unlogged: 'TRUNCATE unlogged; INSERT INTO unlogged SELECT generate_series(1, 10)',
      granted: 'ALTER TABLE granted ALTER a TYPE oid',
      stamped: 'ALTER TABLE stamped ADD COLUMN c integer; ALTER TABLE stamped DROP COLUMN c',
      daughter: 'CREATE TABLE d AS TABLE daughter; DROP TABLE daughter; ALTER TABLE d RENAME TO daughter',
      // What a policy hides.
      owned: 'UPDATE owned SET a = 3 WHERE a = 1',
    };
    const before = await next();
    for (const sql of Object.values(changes))
      for (const statement of sql.split('; ')) await query(restored.database, statement);
    const { carried } = await next();
    expect(carried.toSorted()).toEqual(before.carried.filter((name) => changes[name] === undefined).toSorted());
    expect(carried).toContain('parted_high');
  });
});

describe('a restored state of which nothing is known', { timeout: 60_000 }, () => {
  const SQL = `CREATE TABLE t AS SELECT n, 'first' AS state FROM generate_series(1, 1000) n;
    CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE moods AS SELECT 'sad'::mood AS m`;

  async function aRestored(how: Parameters<RestoredPlace['restore']>[2] = {}, sql = SQL): Promise<Restored> {
    const live = await place.environment(sql);
    const { snapshotId } = await place.capture({ database: live.database });
    return place.restore(live, snapshotId, how);
  }

  /** Of a state that is read in full, as it is. */
  async function whyFull(state: Restored): Promise<string> {
    const { snapshotId, result } = await place.captureRestored(state);
    expect(result).toMatchObject({ type: 'full', carriedOverBytes: 0 });
    expect(await place.contents(snapshotId)).toEqual(await place.fullContents(state.database));
    return result.warnings.map(({ message }) => message).join(' ');
  }

  it('is read in full when it was neutralised', async () => {
    const state = await aRestored({ neutralizeSql: `UPDATE t SET state = 'nobody'` });
    expect(state.notes.marked).toBeUndefined();
    expect(await whyFull(state)).toMatch(/bears no mark/);
  });

  it('is read in full when another mark is there, or the same one by another transaction', async () => {
    const state = await aRestored();
    const { uuid } = state.notes.marked!.marker;
    await query(state.database, `COMMENT ON SCHEMA snapback IS 'another'`);
    expect(await whyFull(state)).toMatch(/mark of another snapshot/);
    await query(state.database, `COMMENT ON SCHEMA snapback IS '${uuid}'`);
    // The full one that was taken in between has left its own.
    expect(await whyFull(state)).toMatch(/copied, not made|mark of another/);
  });

  it('is read in full when it is a copy of the database that was restored', async () => {
    const state = await aRestored();
    const copy = `${state.database.database}_copy`;
    await query(place.server.address('postgres'), `CREATE DATABASE "${copy}" TEMPLATE "${state.database.database}"`);
    expect(await whyFull({ ...state, database: place.server.address(copy) })).toMatch(
      /another one under the same name/,
    );
  });

  it('is read in full when more transactions have passed than can be compared', async () => {
    const state = await aRestored();
    const lineage = state.notes.marked!;
    const { snapshotId, result } = await place.captureRestored(state, {
      lineage: { ...lineage, horizon: String(BigInt(lineage.horizon) - 1_000_000_001n) },
    });
    expect(result.type).toBe('full');
    expect(await place.contents(snapshotId)).toEqual(await place.fullContents(state.database));
  });

  it('reads a table whose labels were changed, there and back again', async () => {
    const state = await aRestored();
    await query(state.database, `ALTER TYPE mood RENAME VALUE 'sad' TO 'x'`);
    await query(state.database, `ALTER TYPE mood RENAME VALUE 'x' TO 'sad'`);
    const { snapshotId } = await place.captureRestored(state);
    expect(await place.look(snapshotId)).toMatchObject({
      carried: ['t'],
      read: { moods: expect.stringMatching(/since the rollback/) },
    });
  });

  it('reads what a function has changed while a view was filled', async () => {
    const state = await aRestored(
      {},
      `${SQL};
       CREATE FUNCTION meddle() RETURNS integer LANGUAGE plpgsql AS
         $$ BEGIN UPDATE public.t SET state = 'meddled' WHERE n = 1; RETURN 1; END $$;
       CREATE MATERIALIZED VIEW meddling AS SELECT public.meddle() AS one`,
    );
    const { snapshotId, result } = await place.captureRestored(state);
    expect(result.type).toBe('differential');
    expect(await place.contents(snapshotId)).toEqual(await place.fullContents(state.database));
    expect(await place.look(snapshotId)).toMatchObject({ carried: ['moods'], read: { t: undefined } });
  });

  it('is not held back by a transaction that was open elsewhere while it was restored', async () => {
    const live = await place.environment(SQL);
    const { snapshotId } = await place.capture({ database: live.database });
    const admin = place.server.address('postgres');
    await query(
      admin,
      `CREATE TABLE IF NOT EXISTS busy (a integer); BEGIN; INSERT INTO busy VALUES (1); PREPARE TRANSACTION 'busy'`,
    );
    try {
      const state = await place.restore(live, snapshotId);
      const { snapshotId: next } = await place.captureRestored(state);
      expect((await place.look(next)).carried).toEqual(['moods', 't']);
    } finally {
      await query(admin, `ROLLBACK PREPARED 'busy'`);
    }
  });

  it('knows rows that were put in by transactions that an open one does not see yet', async () => {
    const state = await aRestored();
    await query(state.database, `BEGIN; INSERT INTO t VALUES (5000, 'later'); PREPARE TRANSACTION 'later'`);
    const first = await place.captureRestored(state);
    expect((await place.look(first.snapshotId)).carried).toEqual(['moods', 't']);
    await query(state.database, `COMMIT PREPARED 'later'`);
    const second = await place.captureRestored(state);
    expect(await place.look(second.snapshotId)).toMatchObject({ carried: ['moods'] });
    expect(await place.contents(second.snapshotId)).toEqual(await place.fullContents(state.database));
  });
});

describe('files of a restored state', { timeout: 60_000 }, () => {
  it('are carried over as long as nobody has touched them, and are read when somebody has', async () => {
    const live = await place.environment('CREATE TABLE t AS SELECT 1 AS a');
    const names = ['same', 'written', 'appended', 'touched', 'replaced', 'renamed', 'mode', 'gone', 'copied-over'];
    for (const name of names) await writeFile(join(live.filestore, name), name.padEnd(20));
    await writeFile(join(live.filestore, 'large'), randomBytes(5 * 1024 * 1024));
    const holes = await open(join(live.filestore, 'holes'), 'w');
    await holes.write('at the end', 8 * 1024 * 1024);
    await holes.close();
    await writeFile(join(live.filestore, 'nothing'), '');
    const { snapshotId } = await place.capture(live);
    const state = await place.restore(live, snapshotId, { withFiles: true });
    const at = (name: string) => join(state.filestore, name);

    const first = await place.captureRestored(state, { withFiles: true });
    expect(first.result).toMatchObject({ type: 'differential', readBytes: 0, fileCount: names.length + 3 });
    expect(await place.files(first.snapshotId)).toEqual(await place.files(snapshotId));

    // As long as it was, with the time that it had: only the kernel's own stamp tells.
    const { atime, mtime } = await stat(at('written'));
    await writeFile(at('written'), 'other'.padEnd(20));
    await utimes(at('written'), atime, mtime);
    await appendFile(at('appended'), '!');
    await utimes(at('touched'), new Date(), new Date());
    await writeFile(at('new'), 'replaced'.padEnd(20));
    await rename(at('new'), at('replaced'));
    await rename(at('renamed'), at('renamed-too'));
    await chmod(at('mode'), 0o600);
    await rm(at('gone'));
    await rename(at('copied-over'), at('same-as-before'));
    await writeFile(at('copied-over'), 'copied-over'.padEnd(20));
    await truncate(at('holes'), 9 * 1024 * 1024);

    const second = await place.captureRestored(state, { withFiles: true });
    const { snapshotId: full } = await place.capture({ filestore: state.filestore });
    expect(await place.files(second.snapshotId)).toEqual(await place.files(full));
    // Untouched are one small file, the large one and the empty one.
    expect(second.result).toMatchObject({ type: 'differential', carriedOverBytes: 2 + 20 + 5 * 1024 * 1024 });
  });

  it('are read where the database they belong to is none that can be built on', async () => {
    const live = await place.environment('CREATE TABLE t AS SELECT 1 AS a');
    await writeFile(join(live.filestore, 'a'), 'a');
    const { snapshotId } = await place.capture(live);
    const state = await place.restore(live, snapshotId, { withFiles: true });
    await query(state.database, 'DROP SCHEMA snapback');
    const { result } = await place.captureRestored(state, { withFiles: true });
    expect(result).toMatchObject({ type: 'full', carriedOverBytes: 0 });
  });
});

it('knows after a crash of the server what is still there', { timeout: 60_000 }, async () => {
  const live = await place.environment(
    `CREATE TABLE t AS SELECT 1 AS a; CREATE UNLOGGED TABLE forgotten AS SELECT 1 AS a; CREATE TABLE small (a integer)`,
  );
  const { snapshotId } = await place.capture({ database: live.database });
  const state = await place.restore(live, snapshotId);
  await place.server.restart('immediate');
  const { snapshotId: next, result } = await place.captureRestored(state);
  expect(result.type).toBe('differential');
  expect(await place.look(next)).toMatchObject({ carried: ['small', 't'] });
  expect(await place.contents(next)).toEqual(await place.fullContents(state.database));
});
