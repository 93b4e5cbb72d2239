import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { type Exclusion, NOTHING_EXCLUDED } from '../../../src/engine/exclusion/exclusion.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { cutover } from '../../../src/engine/restore/cutover/cutover.js';
import { keepLive } from '../../../src/engine/restore/keeping/keep-live.js';
import { discardStaged } from '../../../src/engine/restore/staging/discard.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import type { Staged } from '../../../src/engine/restore/staging/staged.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { Scratch, silent } from './filestore-scratch.js';
import { MemoryJournal } from './memory-journal.js';

const PROJECT = randomUUID();

describe('what a snapshot has left out', () => {
  let scratch: Scratch;
  let database: TestDatabase;
  let place: VaultFixture;
  let staged: Staged | undefined;

  beforeEach(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    database = await createTestDatabase();
    staged = undefined;
  });
  afterEach(async () => {
    if (staged) await discardStaged(staged);
    await database.drop();
    await place.remove();
    await scratch.remove();
  });

  const captured = async (rules: Partial<Exclusion>, filestore?: string) => {
    const snapshotId = randomUUID();
    const exclusion = { ...NOTHING_EXCLUDED, ...rules };
    const what = filestore === undefined ? { database: database.address } : { filestore };
    await capture({ project: PROJECT, snapshotId, exclusion, ...what }, place.vault, silent);
    return snapshotId;
  };
  const rebuilt = async (snapshotId: string, filestore?: string) => {
    const { address } = database;
    const request = { project: PROJECT, snapshotId, attemptId: randomUUID() };
    const like = await gatherDatabaseFacts(address);
    const parts =
      filestore === undefined
        ? { database: { address, like, keepOwnersAndPrivileges: true } }
        : { filestore: { path: filestore } };
    staged = await stage({ ...request, ...parts }, place.vault, silent);
    return staged;
  };
  const keep = async (snapshotId: string) =>
    keepLive(staged!, { project: PROJECT, snapshotId, database: database.address }, place.vault, silent);
  const swap = async () => {
    await cutover(staged!, { journal: new MemoryJournal() });
    staged = undefined;
  };
  const rows = async (sql: string) => (await query<{ v: string }>(database.address, sql)).map(({ v }) => v);

  it('is there after a rollback as it is now: rows, with their sequences, and views over them', async () => {
    const { address } = database;
    await query(
      address,
      `CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (1), (2);
       CREATE TABLE sessions (id serial PRIMARY KEY, who text, loud text GENERATED ALWAYS AS (upper(who)) STORED);
       CREATE TABLE carts (id int GENERATED ALWAYS AS IDENTITY, session int REFERENCES sessions, customer int REFERENCES customers);
       CREATE TABLE log (at int) PARTITION BY RANGE (at); CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);
       CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.who := ''fired''; RETURN NEW; END';
       CREATE TRIGGER t BEFORE INSERT ON sessions FOR EACH ROW WHEN (pg_trigger_depth() < 9) EXECUTE FUNCTION fire();
       ALTER TABLE sessions DISABLE TRIGGER t; INSERT INTO sessions (who) VALUES ('then'); ALTER TABLE sessions ENABLE TRIGGER t;
       CREATE MATERIALIZED VIEW busy AS SELECT count(*) AS n FROM sessions`,
    );
    const snapshotId = await captured({ rowsOf: ['carts', 'sessions', 'log'] });
    await query(
      address,
      `INSERT INTO customers VALUES (3); ALTER TABLE sessions DISABLE TRIGGER t; DELETE FROM sessions;
       INSERT INTO sessions (who) VALUES ('now'), ('too'); ALTER TABLE sessions ENABLE TRIGGER t;
       INSERT INTO carts (session, customer) VALUES (2, 1); INSERT INTO log VALUES (5)`,
    );
    await rebuilt(snapshotId);
    const kept = await keep(snapshotId);
    expect(kept.rows).toMatchObject({ emptied: [], warnings: [] });
    expect(kept.rows!.tables.map(({ name, rows: count }) => `${name} ${count}`).toSorted()).toEqual([
      'carts 1',
      'log_1 1',
      'sessions 2',
    ]);
    // Again, as an attempt after one that did not come to its end: as it is by then.
    await query(address, 'DELETE FROM log');
    expect((await keep(snapshotId)).rows!.tables).toHaveLength(3);
    await swap();
    expect(await rows('SELECT id::text AS v FROM customers ORDER BY id')).toEqual(['1', '2']);
    expect(await rows(`SELECT who || loud AS v FROM sessions ORDER BY id`)).toEqual(['nowNOW', 'tooTOO']);
    expect(await rows('SELECT count(*)::text AS v FROM log')).toEqual(['0']);
    expect(await rows('SELECT session::text AS v FROM carts')).toEqual(['2']);
    expect(await rows('SELECT n::text AS v FROM busy')).toEqual(['2']);
    expect(await rows(`INSERT INTO sessions (who) VALUES ('next') RETURNING id || who AS v`)).toEqual(['4fired']);
    expect(await rows(`INSERT INTO carts (customer) VALUES (1) RETURNING id::text AS v`)).toEqual(['2']);
  });

  it('stays empty and is told where it does not fit', async () => {
    const { address } = database;
    await query(
      address,
      `CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (1);
       CREATE TABLE carts (customer int REFERENCES customers DEFERRABLE INITIALLY DEFERRED);
       CREATE TABLE changed (a int); CREATE TABLE gone (a int); CREATE TABLE fits (a int);
       CREATE TABLE made (a int, b int GENERATED ALWAYS AS (a + 1) STORED)`,
    );
    const snapshotId = await captured({ rowsOf: ['carts', 'changed', 'gone', 'fits', 'made'] });
    await query(
      address,
      `INSERT INTO customers VALUES (2); INSERT INTO carts VALUES (1), (2);
       ALTER TABLE changed ALTER a TYPE bigint; INSERT INTO changed VALUES (1); DROP TABLE gone; INSERT INTO fits VALUES (7);
       ALTER TABLE made DROP b; ALTER TABLE made ADD b int GENERATED ALWAYS AS (a + 2) STORED; INSERT INTO made VALUES (1)`,
    );
    await rebuilt(snapshotId);
    const { rows: kept } = await keep(snapshotId);
    expect(kept!.tables).toEqual([{ schema: 'public', name: 'fits', rows: 1 }]);
    expect(Object.fromEntries(kept!.emptied.map(({ name, reason }) => [name, reason]))).toEqual({
      carts: expect.stringContaining('refer to rows that are not in the snapshot'),
      changed: expect.stringContaining('columns are others now (a)'),
      gone: expect.stringContaining('no such table now'),
      made: expect.stringContaining('(b)'),
    });
    await swap();
    expect(await rows('SELECT count(*)::text AS v FROM carts')).toEqual(['0']);
    expect(await rows('SELECT a::text AS v FROM fits')).toEqual(['7']);
  });

  it('stays empty, and the rest does not wait, where somebody holds it', async () => {
    await query(database.address, 'CREATE TABLE held (a int); CREATE TABLE free (a int); CREATE TABLE kept ()');
    const snapshotId = await captured({ rowsOf: ['held', 'free'] });
    await query(database.address, 'INSERT INTO held VALUES (1); INSERT INTO free VALUES (2)');
    await rebuilt(snapshotId);
    const { host, port, database: name, user, password } = database.address;
    const holder = new Client({ host, port, database: name, user, password });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE held');
    const { rows: kept } = await keep(snapshotId);
    await holder.end();
    expect(kept).toMatchObject({
      tables: [{ name: 'free', rows: 1 }],
      emptied: [{ name: 'held', reason: expect.stringContaining('lock timeout') }],
    });
  });

  it('does not fire triggers, and waits for nobody, where there are event triggers', async () => {
    await query(
      database.address,
      `CREATE TABLE noisy (a int); CREATE TABLE calm (a int); CREATE TABLE kept ();
       CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER t BEFORE INSERT ON noisy FOR EACH ROW EXECUTE FUNCTION fire()`,
    );
    const snapshotId = await captured({ rowsOf: ['noisy', 'calm'] });
    await query(
      database.address,
      'ALTER TABLE noisy DISABLE TRIGGER t; INSERT INTO noisy VALUES (1); INSERT INTO calm VALUES (2)',
    );
    const { database: shadow } = await rebuilt(snapshotId);
    await query(
      { ...database.admin, database: 'postgres' },
      `ALTER DATABASE "${shadow!.names.shadow}" ALLOW_CONNECTIONS true`,
    );
    await query(
      { ...database.admin, database: shadow!.names.shadow },
      `CREATE FUNCTION public.deny() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
       CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.deny()`,
    );
    const { rows: kept } = await keep(snapshotId);
    expect(kept).toMatchObject({
      tables: [{ name: 'calm', rows: 1 }],
      emptied: [{ name: 'noisy', reason: expect.stringContaining('event triggers') }],
    });
  });

  it('is there after a rollback as it is now: files, links and directories, with what belongs to them', async () => {
    const store = await scratch.directory('store');
    for (const name of ['kept/a', 'tmp/old', 'gone/x.log']) await scratch.file(`store/${name}`);
    await mkdir(join(store, 'linked'));
    const snapshotId = await captured({ paths: ['tmp/', '*.log', '/nested/cache'] }, store);
    await rm(join(store, 'tmp'), { recursive: true });
    await rename(join(store, 'linked'), join(store, 'moved'));
    await scratch.file('store/kept/a', 'another');
    await scratch.file('store/kept/b.log', 'log');
    await scratch.file('store/tmp/deep/new', 'new');
    await scratch.file('store/tmp/empty', '');
    await scratch.file('store/fresh/c.log');
    await scratch.file('store/nested/cache/d');
    await symlink('../kept/a', join(store, 'tmp/link'));
    await chmod(join(store, 'tmp/deep/new'), 0o640);
    await chmod(join(store, 'tmp/deep'), 0o750);
    await utimes(join(store, 'tmp/deep'), 1_000, 2_000);
    const { filestore } = await rebuilt(snapshotId, store);
    const before = await lstat(join(filestore!.stagedPath, 'kept'), { bigint: true });
    for (const _ of [1, 2]) {
      const { paths } = await keep(snapshotId);
      expect(paths).toMatchObject({ files: 4, directories: 2, links: 1, lacksRoom: false });
      // Their directories are not in the snapshot.
      expect(paths!.notKept.count).toBe(3);
      expect(paths!.notKept.names.toSorted()).toEqual(['fresh/c.log', 'nested/cache', 'nested/cache/d']);
    }
    const after = await lstat(join(filestore!.stagedPath, 'kept'), { bigint: true });
    expect([after.mode, after.mtimeNs]).toEqual([before.mode, before.mtimeNs]);
    await swap();
    expect((await readdir(store)).toSorted()).toEqual(['gone', 'kept', 'linked', 'tmp']);
    expect(await readFile(join(store, 'kept/a'), 'utf8')).toBe('store/kept/a');
    expect(await readFile(join(store, 'kept/b.log'), 'utf8')).toBe('log');
    expect(await readFile(join(store, 'tmp/deep/new'), 'utf8')).toBe('new');
    expect(await readFile(join(store, 'tmp/empty'), 'utf8')).toBe('');
    expect(await readlink(join(store, 'tmp/link'))).toBe('../kept/a');
    const deep = await lstat(join(store, 'tmp/deep'));
    expect([deep.mode & 0o777, deep.mtimeMs]).toEqual([0o750, 2_000_000]);
    const file = await lstat(join(store, 'tmp/deep/new'));
    expect([file.mode & 0o777, file.nlink]).toEqual([0o640, 1]);
  });

  it('is led nowhere by a link that the snapshot has where a directory is now', async () => {
    const store = await scratch.directory('store');
    await scratch.directory('elsewhere');
    await scratch.file('store/a');
    await symlink(scratch.path('elsewhere'), join(store, 'way'));
    const snapshotId = await captured({ paths: ['*.log'] }, store);
    await rm(join(store, 'way'));
    await scratch.file('store/way/x.log');
    await rebuilt(snapshotId, store);
    const { paths } = await keep(snapshotId);
    expect(paths).toMatchObject({ files: 0, notKept: { names: ['way/x.log'], count: 1 } });
    expect(await readdir(scratch.path('elsewhere'))).toEqual([]);
  });
});
