import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { capture, type CaptureResult } from '../../../src/engine/capture/capture.js';
import { Door } from '../../../src/engine/postgres/connection/door.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import type { DatabaseEntry } from '../../../src/vault/manifests/manifest-database.js';
import { olderThanAnyHorizon } from '../../e2e/older-than-any-horizon.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { makeVault, type VaultFixture } from '../pack-vault/fixture.js';
import { collect, Scratch, silent } from './filestore-scratch.js';

const PROJECT = randomUUID();
const ROWS = 2_000;

/** What depends on when it was captured: a file that has only just been written has no identity that could be trusted. */
const PASSING = new Set(['expectedBytes', 'identity']);

describe('the capture of a database that is closed to everybody', () => {
  let scratch: Scratch;
  let database: TestDatabase;
  let place: VaultFixture;
  let filestore: string;
  let maintenance: DatabaseAddress;
  let oid: number;

  beforeEach(async () => {
    scratch = await Scratch.create();
    place = await makeVault();
    database = await createTestDatabase();
    maintenance = { ...database.address, database: 'postgres' };
    filestore = await scratch.directory('store');
    await scratch.file('store/one.txt', 'one');
    await query(
      database.address,
      `CREATE TABLE item AS SELECT n, md5(n::text) AS text FROM generate_series(1, ${ROWS}) n;
       CREATE TABLE other (n int PRIMARY KEY); INSERT INTO other VALUES (1)`,
    );
    const [row] = await query<{ oid: number }>(
      inject('postgres'),
      'SELECT oid::int AS oid FROM pg_database WHERE datname = $1',
      [database.address.database],
    );
    oid = row!.oid;
    await olderThanAnyHorizon(database.address);
  });
  afterEach(async () => {
    await database.drop();
    await place.remove();
    await scratch.remove();
  });

  const allow = (connections: boolean) =>
    query(inject('postgres'), `ALTER DATABASE "${database.address.database}" ALLOW_CONNECTIONS ${connections}`);
  const take = (snapshotId: string, address: DatabaseAddress, base?: string): Promise<CaptureResult> =>
    capture(
      {
        project: PROJECT,
        snapshotId,
        database: address,
        filestore,
        ...(base !== undefined && { base: { snapshotId: base } }),
      },
      place.vault,
      silent,
    );
  const door = () => Door.of({ maintenance, database: database.address.database, oid });
  const facts = async () => {
    const [row] = await query<{ open: boolean; limit: number; settings: number; sessions: number }>(
      inject('postgres'),
      `SELECT datallowconn AS open, datconnlimit AS limit,
              (SELECT count(*)::int FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings,
              (SELECT count(*)::int FROM pg_stat_activity WHERE datid = d.oid) AS sessions
       FROM pg_database d WHERE oid = $1`,
      [oid],
    );
    return row!;
  };
  /** What was captured of its rows and files. */
  const contents = async (snapshotId: string) =>
    (await collect(place.vault.readEntries(PROJECT, snapshotId)))
      .filter(({ kind }) => kind === 'segment' || kind === 'file')
      .map((entry) => JSON.stringify(entry, (key, value: unknown) => (PASSING.has(key) ? undefined : value)));

  it('has what one of the open database has, carries over as one does, and leaves it closed', async () => {
    const full = randomUUID();
    await take(full, database.address);
    const open = randomUUID();
    await take(open, database.address, full);
    await allow(false);
    const way = await door();
    const closed = randomUUID();

    const result = await take(closed, { ...database.address, entrance: way }, full);
    await way.leave();

    expect(result).toMatchObject({ type: 'differential' });
    expect(result.carriedOverBytes).toBeGreaterThan(0);
    expect(await contents(closed)).toEqual(await contents(open));
    expect(way.strangers).toEqual([]);
    expect(await facts()).toEqual({ open: false, limit: -1, settings: 0, sessions: 0 });
  });

  it('sends away whoever comes in with it, again and again, and says who', async () => {
    await allow(false);
    const way = await door();
    const stop = new AbortController();
    let entered = 0;
    const intruders = Array.from({ length: 3 }, async () => {
      while (!stop.signal.aborted) {
        const came = await query<{ pid: number }>(
          database.address,
          'INSERT INTO other SELECT max(n) + 1 FROM other; SELECT pg_sleep(60)',
        ).then(
          () => true,
          (error: Error) => /terminating connection|terminated unexpectedly/.test(error.message),
        );
        if (came) entered += 1;
      }
    });
    const snapshotId = randomUUID();

    await take(snapshotId, { ...database.address, entrance: way });
    stop.abort();
    await way.leave();
    await Promise.all(intruders);

    expect(way.strangers.length).toBeGreaterThanOrEqual(entered);
    // One that is still being let in has no name yet.
    const named = /^process \d+ \(role "(role_\w+", application "test|unknown)"\)$/;
    const others = way.strangers.filter((who) => !named.test(who));
    expect(others).toEqual([]);
    expect(await facts()).toMatchObject({ open: false, sessions: 0 });
  });

  it('has all definitions also when pg_dump is through before the door is closed behind it', async () => {
    await allow(false);
    const way = await door();
    const admit = way.admit.bind(way);
    // A server on which closing takes its time.
    way.admit = async (name, start) => {
      const program = await admit(name, start);
      await Promise.race([program.ended, sleep(2_000)]);
      return program;
    };
    const snapshotId = randomUUID();

    await take(snapshotId, { ...database.address, entrance: way });
    await way.leave();

    const [entry] = (await collect(place.vault.readEntries(PROJECT, snapshotId))).filter(
      ({ kind }) => kind === 'database',
    );
    expect(entry).toMatchObject({ content: expect.anything() });
    const parts = await collect(place.vault.readContent(PROJECT, (entry as DatabaseEntry).content));
    expect(Buffer.concat(parts).toString('latin1', 0, 5)).toBe('PGDMP');
  });

  it('closes it again when the capture fails or is stopped, and when a process before it has left it open', async () => {
    const controller = new AbortController();
    const way = await door();
    expect(await facts()).toMatchObject({ open: false });
    const progress = {
      report: ({ phase }: { phase: string }) => {
        if (phase === 'database') controller.abort(new Error('stopped'));
      },
    };
    const request = { project: PROJECT, snapshotId: randomUUID(), database: { ...database.address, entrance: way } };

    await expect(capture(request, place.vault, { signal: controller.signal, progress })).rejects.toThrow('stopped');
    await way.leave();

    expect(await facts()).toMatchObject({ open: false, sessions: 0 });
  });

  it('lets alone whoever is in it when it has another name by then: an undo has made it the live one', async () => {
    await allow(false);
    const way = await door();
    const name = database.address.database;
    const live = { ...database.address, database: `${name}_live` };
    const query0 = Client.prototype.query as (...given: unknown[]) => Promise<unknown>;
    let visit: Promise<unknown> | undefined;
    // At the moment at which it is closed, and nobody has been ended yet.
    const spy = vi.spyOn(Client.prototype, 'query').mockImplementation(async function (this: Client, ...given) {
      const result = await Reflect.apply(query0, this, given);
      if (visit === undefined && String(given[0]).endsWith('ALLOW_CONNECTIONS false')) {
        visit = Promise.resolve();
        await query(inject('postgres'), `ALTER DATABASE "${name}" RENAME TO "${live.database}"`);
        await query(inject('postgres'), `ALTER DATABASE "${live.database}" ALLOW_CONNECTIONS true`);
        visit = query(live, 'SELECT pg_sleep(1)');
        await sleep(300);
      }
      return result;
    });
    try {
      await way.enter(
        async () => undefined,
        async () => undefined,
      );
      await expect(visit).resolves.toHaveLength(1);
      expect(way.strangers).toEqual([]);
    } finally {
      spy.mockRestore();
      await way.leave();
      await query(inject('postgres'), `ALTER DATABASE "${live.database}" RENAME TO "${name}"`);
    }
  });

  it('leaves no mark in it, and is closed also when the connection that closes it is lost', async () => {
    await allow(false);
    const way = await door();
    const snapshotId = randomUUID();
    const enter = way.enter.bind(way);
    let cut = false;
    // While it is open.
    way.enter = (connect, pidOf) =>
      enter(async () => {
        if (!cut) await query(inject('postgres'), DOORKEEPERS_END, [database.address.user]);
        cut = true;
        return connect();
      }, pidOf);

    const result = await take(snapshotId, { ...database.address, entrance: way });
    await way.leave();

    expect(cut).toBe(true);
    expect(result).toMatchObject({ type: 'full', canBeBase: false });
    expect(await facts()).toMatchObject({ open: false, sessions: 0 });
    await allow(true);
    expect(await query(database.address, `SELECT FROM pg_namespace WHERE nspname = 'snapback'`)).toEqual([]);
  });
});

/** Ends what is connected as this role to another database than its own. */
const DOORKEEPERS_END = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE usename = $1 AND datname = 'postgres' AND pid <> pg_backend_pid()`;
