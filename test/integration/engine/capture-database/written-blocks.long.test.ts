import { chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SUMMARISING_MAJORS } from '../../../../bench/machine/postgres-wheels.js';
import { postgresOfMajor } from '../../../corpus/other-postgres.js';
import { createTestDatabase, query, type TestDatabase } from '../../../harness/database.js';
import { operatingSystemUser } from '../../../harness/postgres-os-user.js';
import { PostgresServer } from '../../../harness/postgres-server.js';
import { captureInMemory, type CaptureTestOptions, type MemoryCapture } from './memory-capture.js';
import { expectExact, reuse } from './read-again.js';

const SEGMENT_BYTES = 64 * 1024;
const ALWAYS = 0;
const NEVER = Infinity;
const MANY = `CREATE TABLE many AS SELECT n, repeat('x', 100) AS filler FROM generate_series(1, 3000) n`;

describe.each(SUMMARISING_MAJORS)('a differential capture that asks the log of PostgreSQL %s', (major) => {
  let server: PostgresServer;
  let database: TestDatabase;
  const formerPrograms = process.env['PG_BIN'];

  beforeAll(async () => {
    // Also for pg_dump, which the capture runs.
    process.env['PG_BIN'] = await postgresOfMajor(major);
    server = await PostgresServer.start({ settings: { autovacuum: 'off' } });
    await summarise(true);
  }, 300_000);
  afterAll(async () => {
    await server?.remove();
    if (formerPrograms === undefined) delete process.env['PG_BIN'];
    else process.env['PG_BIN'] = formerPrograms;
  });

  beforeEach(async () => {
    database = await createTestDatabase({ server: server.address('postgres') });
    await asAdmin(`GRANT pg_checkpoint TO "${database.address.user}"`);
  });
  afterEach(() => database.drop());

  const sql = (statements: string) => query(database.address, statements);
  const asAdmin = (statements: string) => query(database.admin, statements);
  const take = (options: CaptureTestOptions = {}) =>
    captureInMemory(database.address, { segmentBytes: SEGMENT_BYTES, leastLogBytes: ALWAYS, ...options });
  /** A full capture that later ones may ask the log about. */
  const full = async () => {
    // Who reads rows for the first time notes in their blocks how they came to be, which is written to the log where blocks have checksums.
    await sql('VACUUM');
    // A summary has all since the checkpoint before it, and what was made just now is all new.
    await asAdmin('CHECKPOINT');
    const base = await take();
    expect(base.database.lineage?.log).toBeDefined();
    return base;
  };

  /** By the log, beside one by scanning alone: both carry over the same, and it is what is there. */
  async function differential(base: MemoryCapture): Promise<MemoryCapture> {
    const [byLog, byScan] = [await take({ base }), await take({ base, leastLogBytes: NEVER })];
    for (const capture of [byLog, byScan]) {
      expect(capture.result.type).toBe('differential');
      await expectExact(database.address, capture, base);
    }
    const carriedOver = (capture: MemoryCapture) =>
      capture.ofKind('table').map(({ name }) => [
        name,
        capture
          .segments(name)
          .filter(({ carriedOver: isOld }) => isOld)
          .map(({ fromBlock }) => fromBlock),
      ]);
    expect(carriedOver(byLog)).toEqual(carriedOver(byScan));
    expect(byScan.result.counts.segmentsUnwritten).toBe(0);
    return byLog;
  }

  const unwritten = ({ result: { counts, logReason } }: MemoryCapture) => ({
    unwritten: counts.segmentsUnwritten,
    ...(logReason !== undefined && { logReason }),
  });

  it('looks at nothing of what nobody has written to', async () => {
    await sql(`${MANY}; CREATE TABLE wide AS SELECT n, (SELECT string_agg(md5((n * m)::text), '') FROM generate_series(1, 200) m) AS text
      FROM generate_series(1, 200) n; CREATE TABLE empty (a int)`);
    const base = await full();
    const scans = async () => {
      const rows = await asAdmin(
        `SELECT sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0))::int AS blocks FROM pg_statio_user_tables`,
      );
      return Number(rows[0]!['blocks']);
    };
    const before = await scans();
    const capture = await take({ base });
    expect(await scans()).toBe(before);
    expect(unwritten(capture)).toEqual({ unwritten: base.segments('many').length + base.segments('wide').length });
    await expectExact(database.address, capture, base);
    await differential(base);
  });

  it('looks at the segments that were written, and at no others', async () => {
    await sql(MANY);
    const base = await full();
    await sql(`UPDATE many SET filler = 'changed' WHERE n BETWEEN 1500 AND 1505; DELETE FROM many WHERE n = 1`);
    const capture = await differential(base);
    const { segments, carriedOver } = reuse(capture, 'many');
    expect(segments - carriedOver).toBeGreaterThan(1);
    expect(unwritten(capture)).toEqual({ unwritten: carriedOver });
  });

  it('carries over what was written and is the same after all', async () => {
    await sql(MANY);
    const base = await full();
    await sql(`BEGIN; UPDATE many SET filler = 'never' WHERE n < 100; ROLLBACK`);
    const capture = await differential(base);
    const { segments, carriedOver } = reuse(capture, 'many');
    expect(carriedOver).toBe(segments);
    expect(capture.result.counts.segmentsUnwritten).toBeLessThan(segments);
    expect(capture.result.counts.segmentsUnwritten).toBeGreaterThan(0);
  });

  describe('whatever is done to a table:', () => {
    it.each([
      ['it is vacuumed and frozen', 'VACUUM (FREEZE) many'],
      [
        'its end is cut off, and it grows again',
        `DELETE FROM many WHERE n > 1000`,
        'VACUUM many',
        `INSERT INTO many SELECT n, 'new' FROM generate_series(1001, 3000) n`,
      ],
      ['its end is cut off', 'DELETE FROM many WHERE n > 1000', 'VACUUM many'],
      ['it is rewritten', 'VACUUM FULL many'],
      ['it is emptied', 'TRUNCATE many'],
      [
        'it is emptied and filled as frozen',
        `BEGIN; TRUNCATE many; INSERT INTO many SELECT n, 'new' FROM generate_series(1, 3000) n; COMMIT`,
      ],
      [
        'it leaves the log, is changed and comes back',
        `ALTER TABLE many SET UNLOGGED; UPDATE many SET filler = 'unlogged' WHERE n = 7; ALTER TABLE many SET LOGGED`,
      ],
      ['rows are only locked', 'BEGIN; SELECT n FROM many WHERE n < 500 FOR UPDATE; COMMIT'],
      [
        'long values are changed',
        `ALTER TABLE many ALTER filler SET STORAGE EXTERNAL; UPDATE many SET filler = repeat('y', 5000) WHERE n = 9`,
      ],
      [
        'savepoints are undone and kept',
        `BEGIN; SAVEPOINT a; UPDATE many SET filler = 'a' WHERE n = 5; ROLLBACK TO a; SAVEPOINT b; UPDATE many SET filler = 'b' WHERE n = 2900; COMMIT`,
      ],
      ['a column comes with a value', `ALTER TABLE many ADD more int DEFAULT 3`],
      [
        'a prepared transaction ends',
        `BEGIN; UPDATE many SET filler = 'prepared' WHERE n = 77; PREPARE TRANSACTION 'p'`,
        `COMMIT PREPARED 'p'`,
      ],
      [
        'rows are put where there was room',
        `DELETE FROM many WHERE n % 2 = 0`,
        'VACUUM many',
        `INSERT INTO many SELECT n, 'in between' FROM generate_series(1, 50) n`,
      ],
    ])('%s', async (_, ...changes) => {
      await sql(`${MANY}; CREATE TABLE beside AS TABLE many`);
      const base = await full();
      for (const change of changes) await sql(change);
      const capture = await differential(base);
      expect(reuse(capture, 'beside')).toMatchObject({ carriedOver: base.segments('beside').length });
      expect(capture.result.counts.segmentsUnwritten).toBeGreaterThanOrEqual(base.segments('beside').length);
      expect(capture.result.logReason).toBeUndefined();
    });
  });

  it('looks at a table whose changes are in no log', async () => {
    await sql(`CREATE UNLOGGED TABLE many AS SELECT n FROM generate_series(1, 3000) n`);
    const base = await full();
    await sql('UPDATE many SET n = 0 WHERE n = 5');
    const capture = await differential(base);
    expect(unwritten(capture)).toEqual({ unwritten: 0 });
    expect(capture.rows('many', base)).toContain('0');
  });

  describe('of a base that was taken while a transaction was open,', () => {
    let open: Client;
    beforeEach(async () => {
      await sql(`${MANY}; CREATE TABLE few (a int)`);
      const { host, port, user, password, database: name } = database.address;
      open = new Client({ host, port, user, password, database: name, ssl: false });
      await open.connect();
    });
    afterEach(() => open.end());

    it('does not ask the log, where the change was before it', async () => {
      await open.query(`BEGIN; SAVEPOINT s; UPDATE many SET filler = 'late' WHERE n = 1; RELEASE s`);
      const base = await take({ logPatienceMs: 50 });
      expect(base.database.lineage).toBeDefined();
      expect(base.database.lineage!.log).toBeUndefined();
      await open.query('COMMIT');
      const capture = await differential(base);
      expect(unwritten(capture)).toEqual({ unwritten: 0 });
      expect(capture.rows('many', base)).toContain('1\tlate');
    });

    it('does not ask the log when it was only prepared', async () => {
      await open.query(`BEGIN; UPDATE many SET filler = 'late' WHERE n = 1; PREPARE TRANSACTION 'late'`);
      const base = await take({ logPatienceMs: 50 });
      expect(base.database.lineage!.log).toBeUndefined();
      await open.query(`COMMIT PREPARED 'late'`);
      expect((await differential(base)).rows('many', base)).toContain('1\tlate');
    });

    it('asks the log when it ended in time, and all is in the base', async () => {
      await open.query(`BEGIN; UPDATE many SET filler = 'in time' WHERE n = 1`);
      const [base] = await Promise.all([full(), pause(300).then(() => open.query('COMMIT'))]);
      expect(base.rows('many')).toContain('1\tin time');
      const capture = await differential(base);
      expect(capture.result.counts.segmentsUnwritten).toBeGreaterThan(0);
    });

    it('finds in the log what it wrote afterwards, when it had written nothing before', async () => {
      await open.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM many');
      const base = await full();
      await open.query(`UPDATE many SET filler = 'late' WHERE n = 1; COMMIT`);
      const capture = await differential(base);
      expect(capture.rows('many', base)).toContain('1\tlate');
      expect(capture.result.counts.segmentsUnwritten).toBeGreaterThan(0);
    });
  });

  describe('looks at everything, and says why,', () => {
    let base: MemoryCapture;
    beforeEach(async () => {
      await sql(MANY);
      base = await full();
      await sql(`UPDATE many SET filler = 'changed' WHERE n = 1500`);
    });
    /** Why, when all of it was looked at. */
    const reason = async () => {
      const capture = await differential(base);
      expect(capture.result.counts.segmentsUnwritten).toBe(0);
      expect(capture.rows('many', base)).toContain('1500\tchanged');
      return capture.result.logReason;
    };

    it.each(['fast', 'immediate'] as const)('when the server was stopped (%s) in between', async (mode) => {
      await server.restart(mode);
      expect(await reason()).toMatch(/restarted/);
    });

    it('when the role may not checkpoint', async () => {
      await asAdmin(`REVOKE pg_checkpoint FROM "${database.address.user}"`);
      expect(await reason()).toMatch(/grant it pg_checkpoint/);
    });

    it('when nobody summarised for a while', async () => {
      await asAdmin(`CHECKPOINT`);
      await summarise(false);
      try {
        expect(await reason()).toMatch(/summarize_wal/);
        // Without the log in between nobody can say what is in it.
        await asAdmin('CHECKPOINT; SELECT pg_switch_wal(); CHECKPOINT');
        for (const name of await readdir(join(server.directory, 'data', 'pg_wal', 'summaries'))) {
          await rm(join(server.directory, 'data', 'pg_wal', 'summaries', name));
        }
      } finally {
        await summarise(true);
      }
      expect(await reason()).toMatch(/no summary of all/);
    });

    it('when summaries were removed because of their age', async () => {
      await asAdmin('CHECKPOINT; CHECKPOINT');
      await pause(300);
      const summaries = join(server.directory, 'data', 'pg_wal', 'summaries');
      for (const name of await readdir(summaries)) await rm(join(summaries, name));
      expect(await reason()).toMatch(/no summary of all/);
    });

    it('when the summariser does not get on', async () => {
      const [row] = await asAdmin(`SELECT summarizer_pid AS pid FROM pg_get_wal_summarizer_state()`);
      process.kill(Number(row!['pid']), 'SIGSTOP');
      try {
        expect(await reason()).toMatch(/in time/);
      } finally {
        process.kill(Number(row!['pid']), 'SIGCONT');
      }
    });

    it('when a checkpoint takes too long', async () => {
      const [row] = await asAdmin(`SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`);
      process.kill(Number(row!['pid']), 'SIGSTOP');
      try {
        expect(await reason()).toMatch(/timeout/);
      } finally {
        process.kill(Number(row!['pid']), 'SIGCONT');
      }
    });

    it('when the whole database was moved', async () => {
      const place = join(server.directory, `space-${database.address.database}`);
      const { uid, gid } = await operatingSystemUser();
      await mkdir(place);
      await chown(place, uid, gid);
      const name = database.address.database;
      await query(server.address('postgres'), `CREATE TABLESPACE "${name}" LOCATION '${place}'`);
      await query(server.address('postgres'), `ALTER DATABASE "${name}" SET TABLESPACE "${name}"`);
      try {
        expect(await reason()).toMatch(/moved/);
      } finally {
        await query(server.address('postgres'), `ALTER DATABASE "${name}" SET TABLESPACE pg_default`);
        await query(server.address('postgres'), `DROP TABLESPACE "${name}"`);
      }
    });
  });

  async function summarise(on: boolean): Promise<void> {
    await query(server.address('postgres'), `ALTER SYSTEM SET summarize_wal = ${on ? 'on' : 'off'}`);
    await query(server.address('postgres'), 'SELECT pg_reload_conf()');
    await pause(500);
  }
});
