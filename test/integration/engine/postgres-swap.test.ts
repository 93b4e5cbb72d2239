import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openConnection, withConnection } from '../../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { allowConnections } from '../../harness/allow-connections.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { putProperties } from '../../../src/engine/postgres/properties/put-properties.js';
import { quoteIdentifier } from '../../../src/engine/postgres/sql/quote.js';
import {
  createShadowDatabase,
  keptDatabaseName,
  shadowDatabaseName,
} from '../../../src/engine/postgres/databases/shadow-database.js';
import { openLive, swapNamesBack } from '../../../src/engine/postgres/swap/open-live.js';
import { swapDatabases, swapNames, type SwapNames } from '../../../src/engine/postgres/swap/swap-databases.js';
import { SwapSession } from '../../../src/engine/postgres/swap/swap-session.js';
import { createTestDatabase, query, type TestDatabase } from '../../harness/database.js';
import { sampleOf } from '../../harness/thorough.js';
import { openToLook } from '../../harness/restore-into.js';
import { startTcpProxy } from '../../harness/tcp-proxy.js';

let database: TestDatabase;
let address: DatabaseAddress;
let maintenance: DatabaseAddress;
let names: SwapNames;

/** A live database that says `old` and a shadow that says `new`, ready to be swapped by a role that is no superuser. */
async function prepare(name?: string): Promise<void> {
  database = await createTestDatabase(name === undefined ? {} : { name });
  ({ address } = database);
  maintenance = { ...address, database: 'postgres' };
  const facts = await gatherDatabaseFacts(address);
  const id = randomUUID();
  const shadow = shadowDatabaseName(id);
  const shadowOid = await createShadowDatabase(maintenance, facts, shadow);
  await query(address, `CREATE TABLE state AS SELECT 'old' AS value`);
  await query(await openToLook({ ...address, database: shadow }), `CREATE TABLE state AS SELECT 'new' AS value`);
  await putProperties(maintenance, { liveOid: facts.oid, shadowOid, shadow });
  names = {
    live: address.database,
    shadow,
    kept: keptDatabaseName(id),
    expectedLiveOid: facts.oid,
    expectedShadowOid: shadowOid,
  };
}

afterEach(() => database.drop());

async function answerOf(at: DatabaseAddress): Promise<string | undefined> {
  const rows = await query<{ value: string }>(at, 'SELECT value FROM state');
  return rows[0]?.value;
}

/** That nothing has happened: both databases there, open, under their names. */
async function expectEverythingOpenAndOld(): Promise<void> {
  expect(await answerOf(address)).toBe('old');
  expect(await answerOf({ ...address, database: names.shadow })).toBe('new');
}

interface Answer {
  value: string;
  at: number;
}

async function askTwentyTimes(answers: Answer[]): Promise<void> {
  await withConnection(address, { applicationName: 'the application' }, async (client) => {
    for (let n = 0; n < 20; n += 1) {
      const { rows } = await client.query<{ value: string }>('SELECT value FROM public.state');
      answers.push({ value: rows[0]!.value, at: performance.now() });
    }
  });
}

describe('with a swap that works', () => {
  it.each(sampleOf(['plain', 'with space', `it's "quoted"`, 'Ünïcode 漢字 🐘', 'a'.repeat(63)], 2))(
    'a database named %j is replaced, and both are closed',
    async (name) => {
      await prepare(name === 'plain' ? undefined : name);

      const result = await swapDatabases(maintenance, names);

      expect(result.attempts).toBe(1);
      await expect(withConnection(address, {}, async () => undefined)).rejects.toMatchObject({
        code: 'database-unreachable',
        message: expect.stringContaining('not currently accepting connections'),
      });
      await allowConnections(maintenance, names.live, true);
      expect(await answerOf(address)).toBe('new');
      await expect(withConnection({ ...address, database: names.kept }, {}, async () => undefined)).rejects.toThrow(
        /not currently accepting/,
      );
    },
  );

  it('goes through under 20 clients that reconnect all the time, and none reads old after new', async () => {
    await prepare();
    const stop = new AbortController();
    const answers: Answer[][] = [];
    const client = async () => {
      const mine: Answer[] = [];
      answers.push(mine);
      while (!stop.signal.aborted) {
        // Sent away or kept out; back in a moment.
        await askTwentyTimes(mine).catch(() => sleep(5));
      }
    };
    const clients = Array.from({ length: 20 }, client);
    const allHaveRead = async (value: string) => {
      const all = () => answers.every((mine) => mine.at(-1)?.value === value);
      await expect.poll(all, { timeout: 30_000 }).toBe(true);
    };
    await allHaveRead('old');

    const result = await swapDatabases(maintenance, names);
    const closedAt = performance.now();
    await sleep(100);
    await allowConnections(maintenance, names.live, true);
    await allHaveRead('new');
    stop.abort();
    await Promise.all(clients);

    expect(result.lastOldAnswerPossibleAt).toBeLessThanOrEqual(closedAt);
    for (const mine of answers) {
      expect(mine[0]?.value).toBe('old');
      expect(mine.at(-1)?.value).toBe('new');
      expect(mine.filter(({ value, at }) => value === 'old' && at > closedAt)).toEqual([]);
      const firstNew = mine.findIndex(({ value }) => value === 'new');
      expect(mine.slice(firstNew).every(({ value }) => value === 'new')).toBe(true);
    }
  });

  it('ends a session that keeps a lock, and one that works in the shadow', async () => {
    await prepare();
    const locking = await openConnection(address, { applicationName: 'locks' });
    await locking.client.query('BEGIN; LOCK TABLE public.state');
    const curious = await openConnection({ ...address, database: names.shadow }, { applicationName: 'monitoring' });

    const result = await swapDatabases(maintenance, names);

    expect(result.attempts).toBe(1);
    await expect(locking.client.query('SELECT 1')).rejects.toThrow(/connection|terminated/i);
    await expect(curious.client.query('SELECT 1')).rejects.toThrow(/connection|terminated/i);
    await Promise.all([locking.close(), curious.close()]);
  });

  it('waits for a lock that somebody holds for a moment, in another attempt', async () => {
    await prepare();
    const holding = await openConnection(inject('postgres'), {});
    await holding.client.query(`BEGIN; COMMENT ON DATABASE ${quoteIdentifier(names.live)} IS NULL`);
    const swapping = swapDatabases(maintenance, names, { lockTimeoutMs: 100, maxAttempts: 1_000 });
    const waiting = `SELECT FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'`;
    const waits = async () => (await query(inject('postgres'), waiting, [address.user])).length > 0;
    const poll = { timeout: 30_000, interval: 10 };

    await expect.poll(waits, poll).toBe(true);
    // The first attempt has given up.
    await expect.poll(waits, poll).toBe(false);
    await holding.client.query('COMMIT');

    expect((await swapping).attempts).toBeGreaterThan(1);
    await holding.close();
  });

  it('a newcomer who waits for it is told that it was sent away, not that there is no such database', async () => {
    await prepare();
    const inTheWay = await openConnection(database.admin, {});
    const swapping = swapDatabases(maintenance, names, { statementTimeoutMs: 20_000 });
    const waiting = `SELECT FROM pg_locks WHERE locktype = 'object' AND objid = $1 AND NOT granted`;
    const renaming = `SELECT FROM pg_stat_activity WHERE usename = $1 AND query LIKE 'ALTER DATABASE%RENAME%'`;
    const admin = inject('postgres');
    await expect.poll(() => query(admin, renaming, [address.user]), { timeout: 30_000, interval: 5 }).toHaveLength(1);
    const newcomer = new Client({ ...address });
    const answer = newcomer.connect().catch((error: unknown) => error);
    // Until then, or until it has been sent away already for having waited long.
    await expect
      .poll(
        async () => {
          const isThere = (await query(admin, waiting, [names.expectedLiveOid])).length > 0;
          return isThere || (await Promise.race([answer, sleep(1, 'waits')])) !== 'waits';
        },
        { timeout: 30_000, interval: 5 },
      )
      .toBe(true);

    await inTheWay.close();

    expect((await swapping).attempts).toBe(1);
    await expect(answer).resolves.toMatchObject({ code: '57P01' });
  });

  it('is completed although somebody locks the database while it is closed', async () => {
    await prepare();
    const session = await SwapSession.open(maintenance);
    await swapNames(session, names);
    const locked = `BEGIN; COMMENT ON DATABASE ${quoteIdentifier(names.live)} IS NULL; SELECT pg_sleep(2.5); COMMIT`;
    const holding = query(inject('postgres'), locked);
    await sleep(200);

    await openLive(session, names);

    await Promise.all([session.close(), holding]);
    expect(await answerOf(address)).toBe('new');
  });

  it('can be undone while both are closed', async () => {
    await prepare();
    const session = await SwapSession.open(maintenance);
    await swapNames(session, names);

    await swapNamesBack(session, names);

    await session.close();
    expect([await answerOf(address), await answerOf({ ...address, database: names.shadow })]).toEqual(['old', 'new']);
  });
});

describe('with a swap that cannot be', () => {
  beforeEach(() => prepare());

  afterEach(expectEverythingOpenAndOld);

  it('a session that may not be ended stays, and is named', async () => {
    const superuser = await openConnection(database.admin, { applicationName: 'a backup' });
    try {
      await expect(
        swapDatabases(maintenance, names, { maxAttempts: 2, backoffMs: 20, statementTimeoutMs: 300 }),
      ).rejects.toMatchObject({
        code: 'sessions-in-the-way',
        message: expect.stringMatching(/in 2 attempts.*role "postgres", application "a backup"/),
      });
      await expect(superuser.client.query('SELECT 1')).resolves.toBeDefined();
    } finally {
      await superuser.close();
    }
  });

  it.each([
    [
      'a replication slot',
      () => query(database.admin, `SELECT pg_create_logical_replication_slot('${names.shadow}', 'pgoutput')`),
      () => query(database.admin, `SELECT pg_drop_replication_slot('${names.shadow}')`),
      'replication slots',
    ],
    [
      'a subscription',
      () =>
        query(database.admin, `CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`),
      () => query(database.admin, `ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s`),
      'subscriptions (s)',
    ],
    [
      'a prepared transaction',
      () => query(address, `BEGIN; CREATE TABLE t (id int); PREPARE TRANSACTION 'left over'`),
      () => query(address, `ROLLBACK PREPARED 'left over'`),
      'prepared transactions (left over)',
    ],
  ])('%s is refused before anybody is sent away', async (_, make, remove, words) => {
    await make();
    const bystander = await openConnection(address, {});
    try {
      await expect(swapDatabases(maintenance, names)).rejects.toMatchObject({
        code: 'cutover-failed',
        message: expect.stringContaining(words),
      });
      await expect(bystander.client.query('SELECT 1')).resolves.toBeDefined();
    } finally {
      await bystander.close();
      await remove();
    }
  });

  it('a privilege granted since the shadow was made is noticed inside the transaction', async () => {
    await query(address, `REVOKE CONNECT ON DATABASE "${names.live}" FROM PUBLIC`);

    await expect(swapDatabases(maintenance, names)).rejects.toMatchObject({
      code: 'cutover-failed',
      message: expect.stringContaining('privileges'),
    });
  });

  it.each(['expectedLiveOid', 'expectedShadowOid'])(
    'another database than the planned one is noticed: %s',
    async (oid) => {
      await expect(swapDatabases(maintenance, { ...names, [oid]: 999_999 })).rejects.toMatchObject({
        code: 'cutover-failed',
        message: expect.stringContaining('planned'),
      });
    },
  );

  it('a name that is taken is left to its database', async () => {
    await expect(swapDatabases(maintenance, { ...names, kept: 'template1' })).rejects.toMatchObject({
      code: 'cutover-failed',
      message: expect.stringContaining('already exists'),
    });
  });

  it('a role without rights is told so', async () => {
    const stranger = await createTestDatabase();
    try {
      await expect(swapDatabases({ ...stranger.address, database: 'postgres' }, names)).rejects.toMatchObject({
        code: 'database-permission-denied',
      });
    } finally {
      await stranger.drop();
    }
  });

  it('an abort before the first attempt changes nothing', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));

    await expect(swapDatabases(maintenance, names, { signal })).rejects.toThrow('cancelled');
  });

  it('a connection lost before COMMIT has changed nothing', async () => {
    const proxy = await startTcpProxy(address.port, { text: 'ALLOW_CONNECTIONS', delivered: false });
    try {
      await expect(swapDatabases({ ...maintenance, port: proxy.port }, names)).rejects.toMatchObject({
        code: 'cutover-failed',
      });
    } finally {
      await proxy.close();
    }
    // The server rolls back once it notices.
    await expect.poll(() => answerOf(address).catch(() => 'closed')).toBe('old');
  });
});

describe('with a connection lost in COMMIT', () => {
  beforeEach(() => prepare());

  it.each([
    ['before the server has seen it', false, 'old'],
    ['after the server has seen it', true, 'new'],
  ])('nobody claims to know the outcome: %s', async (_, delivered, outcome) => {
    const proxy = await startTcpProxy(address.port, { text: 'COMMIT\0', delivered });
    try {
      await expect(swapDatabases({ ...maintenance, port: proxy.port }, names)).rejects.toMatchObject({
        code: 'cutover-incomplete',
        message: expect.stringMatching(new RegExp(`${names.shadow}.*${names.kept}`)),
      });
    } finally {
      await proxy.close();
    }
    if (delivered) await allowConnections(maintenance, names.live, true);
    await expect.poll(() => answerOf(address).catch(() => 'not yet')).toBe(outcome);
  });
});
