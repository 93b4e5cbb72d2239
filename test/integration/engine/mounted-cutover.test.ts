import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/engine/capture/capture.js';
import { keptAgainName } from '../../../src/engine/filestore/paths/enclosure.js';
import { estimateFilestore } from '../../../src/engine/filestore/reading/estimate-filestore.js';
import { renameExchange } from '../../../src/engine/filestore/libc.js';
import { hasTakenPlace, isPrevious, knownBackwards } from '../../../src/engine/filestore/swap/filestore-states.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { cutover } from '../../../src/engine/restore/cutover/cutover.js';
import type { CutoverRecord, JournalStep } from '../../../src/engine/restore/cutover/cutover-journal.js';
import { findLateWrites } from '../../../src/engine/restore/cutover/late-writes.js';
import { recoverCutover } from '../../../src/engine/restore/recovery/recover-cutover.js';
import type { RecoveryResult } from '../../../src/engine/restore/recovery/recover-cutover.js';
import { discardStaged, dropKept } from '../../../src/engine/restore/staging/discard.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import type { Staged } from '../../../src/engine/restore/staging/staged.js';
import { buildStandby } from '../../../src/engine/restore/standby/build-standby.js';
import { takeStandby } from '../../../src/engine/restore/standby/take-standby.js';
import { describeTree } from '../../harness/compare-trees.js';
import { query } from '../../harness/database.js';
import { drawnTests } from '../../harness/drawn-tests.js';
import { sampleOf } from '../../harness/thorough.js';
import { MemoryJournal } from './memory-journal.js';
import { OldSnapshot, PROJECT, quietly, RestoreFixture } from './restore-fixture.js';

/* What a cutover of an environment whose filestore is a mount point comes to; here the snapshot is the older state. */

/** An ordinary run draws some of these. */
const scenario = drawnTests(2, { of: 7 });

let old: OldSnapshot;
let fixture: RestoreFixture;
let staged: Staged;
/** What was live before, in words. */
let was: string[];

beforeAll(async () => {
  old = await OldSnapshot.capture();
});
afterAll(() => old.remove());

beforeEach(async ({ skip }) => {
  let isMounted = false;
  fixture = await RestoreFixture.of(old, undefined, async (path) => {
    await mkdir(path);
    isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', path]).status === 0;
  });
  if (!isMounted) return skip();
  await writeFile(join(fixture.files, 'only-new.txt'), 'new');
  was = await liveTree();
  staged = await stage(await fixture.request(), fixture.vault, quietly);
});

afterEach(async () => {
  spawnSync('umount', ['--lazy', fixture.files]);
  await fixture.remove();
});

/** Without the service's own, and what the top's own time is: making an enclosure changes that. */
async function liveTree(root = fixture.files): Promise<string[]> {
  return (await describeTree(root)).filter(
    (line) => !line.startsWith('"./.this-mount.snapback') && !line.startsWith('"." '),
  );
}

const own = async () => (await readdir(fixture.files)).filter((name) => name.includes('snapback'));

async function dropBeside(result: { database?: string; directory?: string }): Promise<void> {
  const database = { address: staged.database!.maintenance, name: result.database! };
  expect(await dropKept({ database, directory: result.directory! })).toEqual([]);
  expect(await own()).toEqual([]);
  expect(await fixture.leftovers()).toEqual([]);
}

describe('a cutover', () => {
  it('puts both halves in place, keeps what was there, and swaps it back byte for byte', async () => {
    expect(dirname(dirname(staged.filestore!.stagedPath))).toBe(fixture.files);
    const journal = new MemoryJournal();
    const done = await cutover(staged, { journal });

    expect(done.warnings).toEqual([]);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
    expect(await readdir(fixture.files)).not.toContain('only-new.txt');
    expect(done.keptDirectory).toBe(staged.filestore!.keptPath);
    expect(await liveTree(done.keptDirectory!)).toEqual(was);

    const { filestore } = journal.last;
    expect(await hasTakenPlace(filestore!)).toBe(true);
    expect(await isPrevious(done.keptDirectory!, filestore!)).toBe(true);
    const { database } = staged;
    const { expectedLiveOid: shadow, expectedShadowOid: live } = database!.names;
    const undo: Staged = {
      attemptId: randomUUID(),
      database: {
        maintenance: database!.maintenance,
        names: {
          ...database!.names,
          ...{ shadow: done.keptDatabase!, kept: database!.names.shadow },
          ...{ expectedLiveOid: live, expectedShadowOid: shadow },
        },
        isKeptState: true,
        properties: 'own',
      },
      filestore: {
        ...staged.filestore!,
        ...knownBackwards(filestore!),
        stagedPath: done.keptDirectory!,
        keptPath: keptAgainName(done.keptDirectory!, randomUUID()),
      },
    };
    const back = await cutover(undo, { journal: new MemoryJournal() });
    expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
    expect(await liveTree()).toEqual(was);
    await dropBeside({ database: back.keptDatabase!, directory: back.keptDirectory! });
  });

  scenario('tells what came to the top or was written meanwhile, and nothing that was only moved', async () => {
    const journal = new MemoryJournal().at('exchange-directories', async () => {
      await writeFile(join(fixture.files, 'uploaded.txt'), 'late');
      await appendFile(join(fixture.files, 'sub', 'attachment.bin'), 'late');
    });
    // What was written before is as old as it looks.
    await sleep(20);
    const done = await cutover(staged, { journal });
    const late = () => findLateWrites(done.keptDirectory!, journal.last);

    expect((await late()).toSorted()).toEqual(['sub/attachment.bin', 'uploaded.txt']);
    await appendFile(join(done.keptDirectory!, 'only-new.txt'), 'later');
    expect((await late()).toSorted()).toEqual(['only-new.txt', 'sub/attachment.bin', 'uploaded.txt']);
    expect(await readdir(fixture.files)).not.toContain('uploaded.txt');
    await dropBeside({ database: done.keptDatabase!, directory: done.keptDirectory! });
  });

  scenario('that cannot exchange all of it leaves everything as it was', async () => {
    const name = join(fixture.files, 'state.txt');
    const journal = new MemoryJournal().at('exchange-directories', async () => {
      expect(spawnSync('mount', ['--bind', name, name]).status).toBe(0);
    });
    await expect(cutover(staged, { journal })).rejects.toMatchObject({ code: 'cutover-failed' });
    spawnSync('umount', [name]);

    expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
    expect(await liveTree()).toEqual(was);
    expect(await discardStaged(staged)).toEqual([]);
    expect(await own()).toEqual([]);
  });
});

describe('a snapshot taken beside what is kept', () => {
  scenario('has nothing of it, nor does its estimate', async () => {
    const snapshotId = randomUUID();
    const { fileCount } = await capture(
      { project: PROJECT, snapshotId, database: fixture.address, filestore: fixture.files },
      fixture.vault,
      quietly,
    );
    expect(fileCount).toBe(3);
    expect((await estimateFilestore(fixture.files, { budgetMs: 5_000 })).files).toBe(3);
    await discardStaged(staged);
  });
});

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

async function recover(record: CutoverRecord, epoch = 2, journal = new MemoryJournal()): Promise<RecoveryResult> {
  const context = { journal, epoch, say: () => undefined };
  return recoverCutover(JSON.parse(JSON.stringify(record)) as CutoverRecord, fixture.address, context);
}

async function expectCompleted(result: RecoveryResult): Promise<void> {
  expect(result).toMatchObject({ outcome: 'completed', directory: staged.filestore!.keptPath, warnings: [] });
  expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
  expect(await liveTree(result.directory!)).toEqual(was);
  expect(await readdir(fixture.files)).toHaveLength(3);
  await dropBeside(result);
}

async function expectReverted(result: RecoveryResult): Promise<void> {
  expect(result).toMatchObject({ outcome: 'reverted', warnings: [] });
  expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
  expect(await liveTree()).toEqual(was);
  await dropBeside(result);
}

describe('a recovery', () => {
  it.each(
    sampleOf(
      [
        ['swap-databases', expectReverted],
        ['exchange-directories', expectCompleted],
        ['open', expectCompleted],
        ['done', expectCompleted],
      ] as const,
      1,
    ),
  )('after a loss at %s ends on one side', async (step, expectIt) => {
    await expectIt(await recover(await lostAt(step)));
    expect(await own()).toEqual([]);
  });

  it.each(
    sampleOf(
      [
        [1, 'only some of the new files'],
        [2, 'only some of the new files'],
        [3, 'the new state is in place and closed'],
      ] as const,
      1,
    ),
  )('goes on from %d entries that were exchanged', async (count, found) => {
    const record = await lostAt('exchange-directories');
    const { stagedPath } = staged.filestore!;
    const at = (root: string, name: string) => Buffer.from(join(root, name));
    const acts = [
      () => renameExchange(at(fixture.files, 'state.txt'), at(stagedPath, 'state.txt')),
      () => rename(join(fixture.files, 'only-new.txt'), join(stagedPath, 'only-new.txt')),
      () => renameExchange(at(fixture.files, 'sub'), at(stagedPath, 'sub')),
    ];
    for (const act of acts.slice(0, count)) await act();
    const result = await recover(record);
    expect(result.story.toLowerCase()).toContain(found);
    await expectCompleted(result);
  });

  scenario('goes back from some entries when the server has lost the swap', async () => {
    const record = await lostAt('open');
    const { names, maintenance } = staged.database!;
    await query(
      maintenance,
      `BEGIN; ALTER DATABASE "${names.live}" RENAME TO "${names.shadow}"; ALTER DATABASE "${names.kept}" RENAME TO "${names.live}";
       ALTER DATABASE "${names.live}" ALLOW_CONNECTIONS true; COMMIT`,
    );
    renameExchange(
      Buffer.from(join(fixture.files, 'state.txt')),
      Buffer.from(join(staged.filestore!.stagedPath, 'state.txt')),
    );
    const result = await recover(record);
    expect(result.story).toContain('some of its files');
    await expectReverted(result);
  });

  scenario('takes the directory inside away from whoever was only stopped', async () => {
    const record = await lostAt('exchange-directories');
    const { stagedPath } = staged.filestore!;
    const stolen = join(dirname(stagedPath), 'staged.e2.0a1b2c');
    await rename(stagedPath, stolen);
    const moved = { ...record.filestore!, stagedPaths: [stagedPath, stolen] };

    const result = await recover({ ...record, filestore: moved }, 3);

    await expectCompleted(result);
    expect(basename(result.directory!)).toBe('kept');
  });

  scenario('waits for a mount point that is not mounted', async () => {
    const record = await lostAt('exchange-directories');
    const away = `${fixture.root}/away`;
    await mkdir(away);
    expect(spawnSync('mount', ['--move', fixture.files, away]).status).toBe(0);
    await expect(recover(record)).rejects.toMatchObject({ code: 'filestore-missing' });
    const [left] = await dropKept({ directory: staged.filestore!.stagedPath, known: record.filestore! });
    expect(left).toContain('Nothing is mounted');
    expect(spawnSync('mount', ['--move', away, fixture.files]).status).toBe(0);
    await rm(away, { recursive: true });
    await expectCompleted(await recover(record, 3));
  });
});

describe('a standby', () => {
  scenario('is built inside of the mount point, stands unchanged, and takes its place', async () => {
    await discardStaged(staged);
    const like = await gatherDatabaseFacts(fixture.address);
    const { built } = await buildStandby(
      {
        ...{ project: PROJECT, snapshotId: fixture.snapshotId, standbyId: randomUUID() },
        ...{ database: { address: fixture.address, like, sessions: 1 }, filestore: { path: fixture.files } },
      },
      fixture.vault,
      quietly,
    );
    const taken = await takeStandby(
      built,
      {
        attemptId: randomUUID(),
        database: { address: fixture.address, like, properties: 'captured' },
        filestore: { path: fixture.files },
      },
      quietly.signal,
    );
    if ('code' in taken) throw new Error(taken.message);
    staged = taken;
    const done = await cutover(taken, { journal: new MemoryJournal() });
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
    expect(await readFile(join(done.keptDirectory!, 'only-new.txt'), 'utf8')).toBe('new');
    await dropBeside({ database: done.keptDatabase!, directory: done.keptDirectory! });
  });
});
