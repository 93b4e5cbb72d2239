import { statSync } from 'node:fs';
import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { EngineError } from '../../../src/engine/engine-error.js';
import { withConnection } from '../../../src/engine/postgres/connection/connect.js';
import { readProperties } from '../../../src/engine/postgres/properties/database-properties.js';
import { SwapSession } from '../../../src/engine/postgres/swap/swap-session.js';
import { cutover } from '../../../src/engine/restore/cutover/cutover.js';
import type { JournalStep } from '../../../src/engine/restore/cutover/cutover-journal.js';
import { findLateWrites } from '../../../src/engine/restore/cutover/late-writes.js';
import { discardStaged, dropKept } from '../../../src/engine/restore/staging/discard.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import type { Staged } from '../../../src/engine/restore/staging/staged.js';
import { query } from '../../harness/database.js';
import { MemoryJournal } from './memory-journal.js';
import { OldSnapshot, quietly, RestoreFixture } from './restore-fixture.js';

let old: OldSnapshot;
let fixture: RestoreFixture;
let staged: Staged;

beforeAll(async () => {
  old = await OldSnapshot.capture();
});
afterAll(() => old.remove());
beforeEach(async () => {
  fixture = await RestoreFixture.of(old);
  staged = await fixture.staged();
});
afterEach(() => fixture.remove());

const unwatched = () => new MemoryJournal();

/** Here the snapshot is the older state, so what was live before is `new`. */
async function expectTheOldState(): Promise<void> {
  expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
  expect(await discardStaged(staged)).toEqual([]);
}

const at = (step: JournalStep, act: () => Promise<void>) => new MemoryJournal().at(step, act);

describe('a cutover that works', () => {
  it('puts both halves in place, step by step, and keeps the previous state', async () => {
    const journal = new MemoryJournal();
    // Not a copy: what a restore has just made.
    staged = await stage(await fixture.request(), fixture.vault, quietly);

    const result = await cutover(staged, { journal });

    expect(journal.steps).toEqual(['begun', 'swap-databases', 'exchange-directories', 'open', 'done']);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
    expect(result.warnings).toEqual([]);
    expect(result.keptDatabase).toBe(staged.database!.names.kept);
    expect(result.keptDirectory).toBe(staged.filestore!.keptPath);
    expect(await fixture.filesOf(result.keptDirectory!)).toBe('new');
    expect(await fixture.rowsOf(result.keptDatabase!)).toMatch(/not currently accepting connections/);
    expect(result.downtimeMs).toBeGreaterThanOrEqual(0);
    expect(result.downtimeMs).toBeLessThanOrEqual(result.finishedAt.getTime() - result.startedAt.getTime());
  });

  it('leaves nothing but the live state once the kept one is dropped', async () => {
    const { keptDatabase, keptDirectory } = await cutover(staged, { journal: unwatched() });

    const warnings = await dropKept({
      database: { address: staged.database!.maintenance, name: keptDatabase! },
      directory: keptDirectory!,
    });

    expect(warnings).toEqual([]);
    expect(await fixture.leftovers()).toEqual([]);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
  });

  it('carries over what was granted after the shadow was made', async () => {
    await query(fixture.address, `REVOKE CONNECT ON DATABASE "${fixture.address.database}" FROM PUBLIC`);

    await cutover(staged, { journal: unwatched() });

    const open = await query(
      inject('postgres'),
      `SELECT FROM pg_database, aclexplode(datacl) AS acl
       WHERE datname = $1 AND acl.grantee = 0 AND acl.privilege_type = 'CONNECT'`,
      [fixture.address.database],
    );
    expect(open).toEqual([]);
  });

  describe('with the captured settings, comment and connection limit', () => {
    let name: string;
    let restored: Staged;
    const propertiesNow = () =>
      withConnection(inject('postgres'), {}, async (client) => {
        const { rows } = await client.query<{ oid: number }>('SELECT oid FROM pg_database WHERE datname = $1', [
          fixture.address.database,
        ]);
        return readProperties(client, rows[0]!.oid);
      });

    beforeEach(async () => {
      name = `"${fixture.address.database}"`;
      await query(
        fixture.address,
        `ALTER DATABASE ${name} SET work_mem = '64MB'; ALTER DATABASE ${name} CONNECTION LIMIT 9;
         COMMENT ON DATABASE ${name} IS 'a deployment was here'; GRANT CONNECT ON DATABASE ${name} TO postgres`,
      );
      restored = await fixture.staged({ properties: 'captured' });
    });
    afterEach(() => discardStaged(restored));

    it('gives those back, and keeps who may enter', async () => {
      const before = await propertiesNow();
      await discardStaged(restored);
      restored = await stage(await fixture.request({ properties: 'captured' }), fixture.vault, quietly);

      await cutover(restored, { journal: unwatched() });

      const { owner, privileges } = before;
      expect(await propertiesNow()).toEqual({ owner, privileges, settings: [], comment: null, connectionLimit: -1 });
    });

    it('does not mind what is set on the live one since, and notices what is granted at the last moment', async () => {
      await query(fixture.address, `ALTER DATABASE ${name} SET work_mem = '1GB'`);
      const journal = at('swap-databases', async () => {
        await query(fixture.address, `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`);
      });

      await expect(cutover(restored, { journal })).rejects.toMatchObject({
        code: 'cutover-failed',
        message: expect.stringContaining('(privileges)'),
      });
      await cutover(restored, { journal: unwatched() });

      expect((await propertiesNow()).settings).toEqual([]);
    });

    it('notices when they were taken off the rebuilt one at the last moment', async () => {
      const journal = at('swap-databases', async () => {
        await query(fixture.address, `ALTER DATABASE "${restored.database!.names.shadow}" CONNECTION LIMIT 3`);
      });

      await expect(cutover(restored, { journal })).rejects.toMatchObject({
        message: expect.stringContaining('opened or changed'),
      });
    });
  });

  it('never shows rows of the one state with files of the other', async () => {
    const stop = new AbortController();
    const pairs: string[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) await lookAtBoth(pairs).catch(() => sleep(5));
    });
    await sleep(300);

    await cutover(staged, { journal: unwatched() });
    await sleep(300);
    stop.abort();
    await Promise.all(clients);

    expect([...new Set(pairs)].toSorted()).toEqual(['new new', 'old old']);
  });

  it('works for the database alone', async () => {
    const { filestore: _, ...alone } = staged;
    const journal = new MemoryJournal();

    const result = await cutover(alone, { journal });

    expect(journal.steps).toEqual(['begun', 'swap-databases', 'open', 'done']);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'new' });
    expect(result).not.toHaveProperty('keptDirectory');
  });

  it('works for the filestore alone', async () => {
    const { database: _, ...alone } = staged;
    const journal = new MemoryJournal();

    const result = await cutover(alone, { journal });

    expect(journal.steps).toEqual(['begun', 'exchange-directories', 'done']);
    expect(await fixture.now()).toEqual({ rows: 'new', files: 'old' });
    expect(result).not.toHaveProperty('keptDatabase');
  });

  it('writes down, before anything is touched, all that somebody else would need', async () => {
    const journal = new MemoryJournal();
    journal.at('swap-databases', async () => {
      expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
    });

    await cutover(staged, { journal });

    const { names } = staged.database!;
    expect(journal.records[0]).toMatchObject({
      step: 'begun',
      database: {
        names,
        maintenance: 'postgres',
        systemIdentifier: expect.stringMatching(/^\d+$/),
        backends: [{ startedAt: expect.stringMatching(/^\d{16}$/) }, { pid: expect.any(Number) }],
      },
      filestore: {
        livePath: fixture.files,
        stagedPaths: [staged.filestore!.stagedPath],
        liveInode: expect.stringMatching(/^\d+:\d+:\d+$/),
      },
    });
    const [live, kept] = [fixture.files, staged.filestore!.keptPath].map((path) => statSync(path).ino);
    const { liveInode, stagedInode } = journal.records[0]!.filestore!;
    expect([liveInode, stagedInode].map((inode) => Number(inode.split(':')[1]))).toEqual([kept, live]);
  });

  it('names files that are written while the directory is being replaced', async () => {
    const journal = new MemoryJournal().at('exchange-directories', async () => {
      await writeFile(join(fixture.files, 'sub', 'upload.bin'), 'late');
    });

    const { keptDirectory, warnings } = await cutover(staged, { journal });
    await writeFile(join(keptDirectory!, 'log.txt'), 'later');

    const found = await findLateWrites(keptDirectory!, journal.records[0]!);
    expect(found.toSorted()).toEqual(['log.txt', 'sub', 'sub/upload.bin']);
    expect(warnings).toEqual([]);
    expect(await findLateWrites(fixture.files, journal.records[0]!)).toEqual([]);
  });

  it('takes no file for a late one because it is dated into the future', async () => {
    const tomorrow = Date.now() / 1000 + 24 * 60 * 60;
    for (const name of ['state.txt', 'sub']) await utimes(join(fixture.files, name), tomorrow, tomorrow);
    // The kernel stamps changes by its tick.
    await sleep(50);

    const journal = new MemoryJournal();
    const { keptDirectory } = await cutover(staged, { journal });
    expect(await findLateWrites(keptDirectory!, journal.records[0]!)).toEqual([]);
  });

  it('calls the hooks around everything, and passes on what they have to say', async () => {
    const calls: string[] = [];
    const look = async (name: string) => void calls.push(`${name}: ${(await fixture.now()).rows}`);
    const before = () => look('before');
    const after = async (outcome: string) => look(`after ${outcome}`).then(() => ['the pooler did not answer']);

    const { warnings } = await cutover(staged, { journal: unwatched(), hooks: { before, after } });

    expect(calls).toEqual(['before: new', 'after completed: old']);
    expect(warnings).toEqual(['the pooler did not answer']);
  });
});

/** Rows, files, rows again: when the session lived through it, both halves were of one moment. */
async function lookAtBoth(pairs: string[]): Promise<void> {
  await withConnection(fixture.address, { applicationName: 'the application' }, async (client) => {
    for (let n = 0; n < 10; n += 1) {
      const before = await client.query<{ value: string }>('SELECT value FROM public.state');
      const files = await fixture.filesOf(fixture.files);
      const after = await client.query<{ value: string }>('SELECT value FROM public.state');
      expect(after.rows).toEqual(before.rows);
      pairs.push(`${before.rows[0]!.value} ${files}`);
    }
  });
}

describe('a cutover that fails leaves the old state in place and open:', () => {
  afterEach(expectTheOldState);

  it('when it cannot be written down that it begins', async () => {
    const failure = new Error('the journal is away');
    const journal = at('begun', async () => {
      throw failure;
    });

    await expect(cutover(staged, { journal })).rejects.toBe(failure);
  });

  it('when the hook refuses, which is told how it ended', async () => {
    const outcomes: string[] = [];
    const before = () => Promise.reject(new EngineError('hook-failed', 'the pooler is away'));
    const after = async (outcome: string) => (outcomes.push(outcome), []);

    const attempt = cutover(staged, { journal: unwatched(), hooks: { before, after } });

    await expect(attempt).rejects.toMatchObject({ code: 'hook-failed' });
    expect(outcomes).toEqual(['reverted']);
  });

  it('when somebody else is swapping the same database', async () => {
    const other = await SwapSession.open(staged.database!.maintenance);
    expect(await other.lock(staged.database!.names.expectedLiveOid)).toBe(true);

    await expect(cutover(staged, { journal: unwatched() })).rejects.toMatchObject({ code: 'cutover-failed' });
    await other.close();
  });

  it('when it is cancelled before the databases are swapped', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const journal = at('swap-databases', async () => controller.abort(reason));

    await expect(cutover(staged, { signal: controller.signal, journal })).rejects.toBe(reason);
  });

  it('when the staged directory has disappeared', async () => {
    const elsewhere = `${staged.filestore!.stagedPath}-moved`;
    const journal = at('exchange-directories', () => rename(staged.filestore!.stagedPath, elsewhere));

    await expect(cutover(staged, { journal })).rejects.toMatchObject({ code: 'cutover-failed' });
    await rename(elsewhere, staged.filestore!.stagedPath);
  });

  it('when the staged directory is missing from the beginning', async () => {
    const elsewhere = `${staged.filestore!.stagedPath}-moved`;
    await rename(staged.filestore!.stagedPath, elsewhere);

    await expect(cutover(staged, { journal: unwatched() })).rejects.toMatchObject({ code: 'filestore-missing' });
    await rename(elsewhere, staged.filestore!.stagedPath);
  });
});

describe('a cutover that is not its own any more', () => {
  /** The connections of the worker are ended, and somebody else has raised the epoch. */
  const takenOver = async () => {
    await query(
      inject('postgres'),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND application_name = 'snapback'`,
      [fixture.address.user],
    );
    throw new Error('the epoch is another one');
  };

  it.each([
    ['exchange-directories', 'new'],
    ['open', 'old'],
  ] as const)('stops at the step "%s", says where things are, and touches nothing', async (step, files) => {
    const { names } = staged.database!;
    const hooks: string[] = [];
    const after = async (outcome: string) => (hooks.push(outcome), []);

    const attempt = cutover(staged, { journal: at(step, takenOver), hooks: { before: async () => undefined, after } });

    await expect(attempt).rejects.toMatchObject({
      code: 'cutover-incomplete',
      message: expect.stringMatching(new RegExp(`${names.kept}.*${staged.filestore!.stagedPath}`)),
    });
    expect(hooks).toEqual([]);
    expect(await fixture.leftovers()).toEqual(expect.arrayContaining([names.kept]));
    const now = await fixture.now();
    expect([now.rows, now.files]).toEqual([expect.stringMatching(/not currently accepting connections/), files]);
  });

  it('does not even call the hook when it was taken over before the swap', async () => {
    const hooks: string[] = [];
    const journal = at('swap-databases', async () => {
      journal.at('revert', takenOver);
      await takenOver();
    });
    const after = async (outcome: string) => (hooks.push(outcome), []);

    const attempt = cutover(staged, { journal, hooks: { before: async () => undefined, after } });

    await expect(attempt).rejects.toMatchObject({ code: 'cutover-incomplete' });
    expect(hooks).toEqual([]);
    await expectTheOldState();
  });
});
