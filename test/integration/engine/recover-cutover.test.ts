import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { exchangeDirectories } from '../../../src/engine/filestore/swap/exchange.js';
import { openConnection } from '../../../src/engine/postgres/connection/connect.js';
import { SwapSession } from '../../../src/engine/postgres/swap/swap-session.js';
import { cutover } from '../../../src/engine/restore/cutover/cutover.js';
import type { CutoverRecord, JournalStep } from '../../../src/engine/restore/cutover/cutover-journal.js';
import { dropKept } from '../../../src/engine/restore/staging/discard.js';
import { recoverCutover } from '../../../src/engine/restore/recovery/recover-cutover.js';
import type { RecoveryResult } from '../../../src/engine/restore/recovery/recover-cutover.js';
import type { Staged } from '../../../src/engine/restore/staging/staged.js';
import { query } from '../../harness/database.js';
import { sampleOf } from '../../harness/thorough.js';
import { MemoryJournal } from './memory-journal.js';
import { OldSnapshot, RestoreFixture } from './restore-fixture.js';
import { openToLook } from '../../harness/restore-into.js';

let old: OldSnapshot;
let fixture: RestoreFixture;
let staged: Staged;
let said: string[];
let hooks: string[];

beforeAll(async () => {
  old = await OldSnapshot.capture();
});
afterAll(() => old.remove());
beforeEach(async () => {
  fixture = await RestoreFixture.of(old);
  staged = await fixture.staged();
  said = [];
  hooks = [];
});
afterEach(() => fixture.remove());

/** A cutover whose worker is lost at a step, before it is taken: what it had written down. */
async function lostAt(step: JournalStep): Promise<CutoverRecord> {
  const journal = new MemoryJournal();
  for (const lost of [step, 'revert'] as const)
    journal.at(lost, async () => {
      throw new Error('lost');
    });
  await expect(cutover(staged, { journal })).rejects.toThrow('lost');
  return journal.last;
}

async function recover(record: CutoverRecord, journal = new MemoryJournal(), epoch = 2): Promise<RecoveryResult> {
  return recoverCutover(record, fixture.address, {
    journal,
    epoch,
    say: (message) => said.push(message),
    hooks: { before: async () => undefined, after: async (outcome) => (hooks.push(outcome), []) },
  });
}

const admin = (sql: string) => query<Record<string, unknown>>(inject('postgres'), sql);
const live = () => `"${fixture.address.database}"`;

/** Here the snapshot is the older state, so the state before is `new` and the restored one `old`. */
async function expectCompleted(result: RecoveryResult): Promise<void> {
  expect(result).toMatchObject({
    outcome: 'completed',
    database: staged.database!.names.kept,
    directory: staged.filestore!.keptPath,
    warnings: [],
  });
  expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
  expect(await fixture.filesOf(result.directory!)).toBe('new');
  expect(hooks).toEqual(['completed']);
}

async function expectReverted(result: RecoveryResult): Promise<void> {
  expect(result).toMatchObject({ outcome: 'reverted', database: staged.database!.names.shadow, warnings: [] });
  expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
  expect(hooks).toEqual(['reverted']);
  const left = { database: { address: staged.database!.maintenance, name: result.database! } };
  expect(await dropKept({ ...left, directory: result.directory! })).toEqual([]);
  expect(await fixture.leftovers()).toEqual([]);
}

describe('a recovery, by what is there', () => {
  it('old, old, open: reverts by doing nothing', async () => {
    await expectReverted(await recover(await lostAt('swap-databases')));
    expect(said).toEqual([]);
  });

  it('old, old, closed, but not by us: asks, and opens nothing', async () => {
    const record = await lostAt('swap-databases');
    await admin(`ALTER DATABASE ${live()} ALLOW_CONNECTIONS false`);

    const result = await recover(record);

    expect(result).toMatchObject({ outcome: 'person', story: expect.stringContaining('closed by somebody else') });
    expect((await fixture.now()).rows).toMatch(/not currently accepting/);
    expect(hooks).toEqual([]);
  });

  it('old, old, closed by an earlier recovery: opens it', async () => {
    const record = await lostAt('swap-databases');
    await admin(`ALTER DATABASE ${live()} ALLOW_CONNECTIONS false`);

    await expectReverted(await recover({ ...record, database: { ...record.database!, closedByUs: true } }));
    expect(said).toHaveLength(1);
  });

  it('new, old, closed: exchanges and opens', async () => {
    const result = await recover(await lostAt('exchange-directories'));

    await expectCompleted(result);
    expect(said).toHaveLength(2);
    expect(result.openedAt).toBeInstanceOf(Date);
  });

  it.each([
    ['finished', 'exchange-directories' as const, '8MB'],
    ['reverted', 'swap-databases' as const, '1GB'],
  ])('leaves the live database the settings of its state: %s', async (_, step, expected) => {
    const set = (value: string) => query(fixture.address, `ALTER DATABASE ${live()} SET work_mem = '${value}'`);
    await set('8MB');
    const settings = [{ role: null, name: 'work_mem', value: '8MB' }];
    const properties = { settings, comment: 'then', connectionLimit: 40 };
    staged.database = { ...staged.database!, properties };
    await set('1GB');

    await recover(await lostAt(step));

    const [{ value } = { value: '' }] = await query<{ value: string }>(
      fixture.address,
      `SELECT pg_catalog.current_setting('work_mem') AS value`,
    );
    expect(value).toBe(expected);
  });

  it.each([
    ['the previous directory', 'done'],
    ['the directory that was staged', 'swap-databases'],
  ] as const)('%s half removed: says where it was, so that the rest goes', async (_, step) => {
    const journal = new MemoryJournal();
    const first = await recover(await lostAt(step), journal);
    const directory = first.directory!;
    await rename(directory, `${directory}.removed`);

    const again = await recover(journal.last, new MemoryJournal(), 3);

    expect(again).toMatchObject({ outcome: first.outcome, directory });
    const database = { address: staged.database!.maintenance, name: again.database! };
    expect(await dropKept({ database, directory: again.directory! })).toEqual([]);
    expect(await fixture.leftovers()).toEqual([]);
  });

  it('new, new, closed: opens', async () => {
    await expectCompleted(await recover(await lostAt('open')));
    expect(said).toHaveLength(1);
  });

  it('new, new, open: is done', async () => {
    await expectCompleted(await recover(await lostAt('done')));
    expect(said).toEqual([]);
  });

  it('new, old, closed, and no exchange possible: gives the names back', async () => {
    const record = await lostAt('exchange-directories');
    await rm(staged.filestore!.stagedPath, { recursive: true });

    const result = await recover(record);

    expect(result).toMatchObject({ outcome: 'reverted', story: expect.stringContaining('cannot be exchanged') });
    expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
    const shadow = staged.database!.names.shadow;
    await openToLook({ ...fixture.address, database: shadow });
    expect(await fixture.rowsOf(shadow)).toBe('old');
  });

  it('old, new, and nothing written since: closes, exchanges back, opens', async () => {
    const record = await lostAt('swap-databases');
    await exchangeDirectories(staged.filestore!.livePath, staged.filestore!.stagedPath, record.filestore!);

    await expectReverted(await recover(await withPresentCounts(record)));
    expect(said).toHaveLength(3);
  });

  it('old, new, and a file written since: closes and asks', async () => {
    const record = await lostAt('swap-databases');
    await exchangeDirectories(staged.filestore!.livePath, staged.filestore!.stagedPath, record.filestore!);
    await writeFile(join(fixture.files, 'upload.txt'), 'since');

    const result = await recover(await withPresentCounts(record));

    expect(result).toMatchObject({ outcome: 'person', story: expect.stringContaining('written since') });
    const now = await fixture.now();
    expect([now.rows, now.files]).toEqual([expect.stringMatching(/not currently accepting/), 'old']);
  });

  it('old, new, and a row written since: closes and asks', async () => {
    const record = await lostAt('swap-databases');
    await exchangeDirectories(staged.filestore!.livePath, staged.filestore!.stagedPath, record.filestore!);
    const before = await withPresentCounts(record);
    await query(fixture.address, `INSERT INTO state VALUES ('since')`);
    await counted(before.database!.writes);

    expect(await recover(before)).toMatchObject({ outcome: 'person' });
    expect((await fixture.now()).rows).toMatch(/not currently accepting/);
  });

  it('new, old, open: closes the mixture and asks, and does nothing more the next time', async () => {
    const record = await lostAt('exchange-directories');
    await admin(`ALTER DATABASE ${live()} ALLOW_CONNECTIONS true`);
    const journal = new MemoryJournal();

    expect(await recover(record, journal)).toMatchObject({ outcome: 'person' });
    expect((await fixture.now()).rows).toMatch(/not currently accepting/);

    expect(await recover(journal.last, new MemoryJournal(), 3)).toMatchObject({ outcome: 'person' });
    const now = await fixture.now();
    expect([now.rows, now.files]).toEqual([expect.stringMatching(/not currently accepting/), 'new']);
  });

  it('no live name: touches nothing and asks', async () => {
    const record = await lostAt('exchange-directories');
    await admin(`ALTER DATABASE ${live()} RENAME TO "moved_${staged.attemptId}"`);

    expect(await recover(record)).toMatchObject({ outcome: 'person', story: expect.stringContaining('live name') });
    expect(await fixture.filesOf(fixture.files)).toBe('new');
  });

  it('a live name that somebody else has taken: touches nothing and asks', async () => {
    const record = await lostAt('exchange-directories');
    await admin(`ALTER DATABASE ${live()} RENAME TO "moved_${staged.attemptId}"`);
    await admin(`CREATE DATABASE ${live()} OWNER "${fixture.address.user}"`);

    expect(await recover(record)).toMatchObject({ outcome: 'person' });
    expect(await fixture.filesOf(fixture.files)).toBe('new');
  });

  it('an unknown directory: touches nothing and asks', async () => {
    const record = await lostAt('exchange-directories');
    await rename(fixture.files, join(fixture.root, 'moved'));

    const result = await recover(record);

    expect(result).toMatchObject({ outcome: 'person', story: expect.stringContaining('directory') });
    expect((await fixture.now().catch(() => ({ rows: 'closed' }))).rows).toBe('closed');
    expect(existsSync(fixture.files)).toBe(false);
  });

  it('another server: touches nothing and asks', async () => {
    const record = await lostAt('exchange-directories');
    const elsewhere = { ...record, database: { ...record.database!, systemIdentifier: '1' } };

    expect(await recover(elsewhere)).toMatchObject({ outcome: 'person' });
    expect(await fixture.filesOf(fixture.files)).toBe('new');
  });
});

describe('a recovery, against those who were there before', () => {
  it('ends the server processes that are in the journal, and no others', async () => {
    const dead = await SwapSession.open(staged.database!.maintenance);
    const bystander = await openConnection(staged.database!.maintenance, {});
    const { rows } = await bystander.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const record = await lostAt('swap-databases');
    // A number that is used again: the same process, but not the one that was written down.
    const recycled = { pid: rows[0]!.pid, startedAt: '1700000000000000' };
    const backends = [...dead.backends, recycled];

    await recover({ ...record, database: { ...record.database!, backends } });

    await expect(dead.client.query('SELECT 1')).rejects.toThrow(/terminat|not queryable/i);
    expect((await bystander.client.query('SELECT 1 AS alive')).rows).toEqual([{ alive: 1 }]);
    await bystander.close();
    await dead.close();
  });

  it('does not let a renaming through that was sent but not committed', async () => {
    const record = await lostAt('swap-databases');
    const dead = await SwapSession.open(staged.database!.maintenance);
    await dead.client.query('BEGIN');
    await dead.client.query(`ALTER DATABASE ${live()} RENAME TO "${staged.database!.names.kept}"`);

    const result = await recover({ ...record, database: { ...record.database!, backends: [...dead.backends] } });

    await expectReverted(result);
    await expect(dead.client.query('COMMIT')).rejects.toThrow(/terminat|not queryable/i);
    await dead.close();
  });

  it('takes the staged directory out of the reach of a worker that wakes up', async () => {
    const record = await lostAt('swap-databases');
    await recover(record);

    const { livePath, stagedPath } = staged.filestore!;
    await expect(exchangeDirectories(livePath, stagedPath, record.filestore!)).rejects.toMatchObject({
      code: 'filestore-missing',
    });
    expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
  });

  it('is taken up by the next one wherever it is lost itself', async () => {
    const steps = ['recover', 'exchange-directories', 'open', 'done'] as const;
    for (const step of sampleOf(steps, 2)) {
      await fixture.remove();
      fixture = await RestoreFixture.of(old);
      staged = await fixture.staged();
      hooks = [];
      const record = await lostAt('exchange-directories');
      const journal = new MemoryJournal();
      await journal.write(record);
      journal.at(step, async () => {
        throw new Error('lost as well');
      });

      await expect(recover(record, journal)).rejects.toThrow('lost as well');
      hooks = [];
      await expectCompleted(await recover(journal.last, new MemoryJournal(), 3));
    }
  });
});

it('recovers a cutover of the filestore alone', async () => {
  const { database: _, ...alone } = staged;
  staged = alone;
  const record = await lostAt('done');

  const result = await recoverCutover(record, undefined, {
    journal: new MemoryJournal(),
    epoch: 2,
    say: () => undefined,
  });

  expect(result).toMatchObject({ outcome: 'completed', directory: staged.filestore!.keptPath });
  expect(await fixture.filesOf(fixture.files)).toBe('old');
  expect(dirname(dirname(result.directory!))).toBe(fixture.root);
});

async function writes(): Promise<number> {
  const [row] = await admin(
    `SELECT tup_inserted + tup_updated + tup_deleted AS n FROM pg_stat_database WHERE datname = '${fixture.address.database}'`,
  );
  return Number(row!['n']);
}

/** What ended sessions had not counted yet arrives a moment later; a real record is as old as its cutover. */
async function withPresentCounts(record: CutoverRecord): Promise<CutoverRecord> {
  for (let before = -1, now = await writes(); before !== now; now = await writes()) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return { ...record, database: { ...record.database!, writes: await writes() } };
}

async function counted(before: number): Promise<void> {
  while ((await writes()) === before) await new Promise((resolve) => setTimeout(resolve, 50));
}
