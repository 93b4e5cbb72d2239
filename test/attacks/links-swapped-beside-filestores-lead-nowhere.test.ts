import { randomUUID } from 'node:crypto';
import { chown, lstat, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/engine/capture/capture.js';
import { EngineError } from '../../src/engine/engine-error.js';
import { cutover } from '../../src/engine/restore/cutover/cutover.js';
import { discardStaged, dropKept } from '../../src/engine/restore/staging/discard.js';
import { identityOf } from '../../src/engine/filestore/paths/directory-identity.js';
import { keptAgainName } from '../../src/engine/filestore/paths/enclosure.js';
import { HeldPath } from '../../src/engine/filestore/paths/held-path.js';
import { stage } from '../../src/engine/restore/staging/stage.js';
import type { Staged } from '../../src/engine/restore/staging/staged.js';
import { usually } from '../harness/thorough.js';
import { asNobody, NOBODY, Scratch, silent } from '../integration/engine/filestore-scratch.js';
import { MemoryJournal } from '../integration/engine/memory-journal.js';
import { makeVault, type VaultFixture } from '../integration/pack-vault/fixture.js';
import { Swapper } from './swapper.js';

/** A minute each in `npm run test:swaps`. */
const SECONDS = Number(process.env['SWAP_SECONDS'] ?? usually(0.6, 2));
const PROJECT = randomUUID();
const SECRET = 'of root, and nobody else';

let scratch: Scratch;
let place: VaultFixture;
/** The application's user may write in it: it owns all from here down. */
let parent: string;
let live: string;
/** What links lead to: `live` and a directory of each name that the filestore has, with secrets in them. */
let outside: string;
let snapshotId: string;

/*
 * The worker is root, and the application's user, who is not, swaps directories for links in the filestore, beside it, and above
 * it. Whatever is done meanwhile may fail; but nothing outside is read, written, given away or removed.
 */
beforeEach(async () => {
  if (process.geteuid?.() !== 0) throw new Error('This is about a worker that runs as root: run it as root.');
  scratch = await Scratch.create();
  place = await makeVault();
  const names = ['a', 'a/b', 'c'];
  parent = await scratch.directory('application/parent');
  live = await scratch.directory('application/parent/live');
  outside = await scratch.directory('outside');
  for (const name of names) {
    await mkdir(join(live, name));
    for (let n = 0; n < 10; n += 1) await writeFile(join(live, name, `${n}`), `content ${name} ${n}`);
    for (const at of ['live', '.']) {
      await mkdir(join(outside, at, name), { recursive: true });
      for (let n = 0; n < 10; n += 1) await writeFile(join(outside, at, name, `${n}`), SECRET, { mode: 0o600 });
    }
  }
  snapshotId = randomUUID();
  await give(scratch.path('application'));
  await capture({ project: PROJECT, snapshotId, filestore: live }, place.vault, silent);
});
afterEach(async () => {
  await place.remove();
  await scratch.remove();
});

async function give(path: string): Promise<void> {
  await chown(path, NOBODY, NOBODY);
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory()) await give(join(path, entry.name));
    else await chown(join(path, entry.name), NOBODY, NOBODY);
  }
}

/** All of it, with owners, modes, times and contents. */
async function told(path: string): Promise<string[]> {
  const stats = await lstat(path);
  const { ino, mode, uid, gid, mtimeMs, ctimeMs } = stats;
  const about = [path, ino, mode, uid, gid, mtimeMs, ctimeMs].join(' ');
  if (!stats.isDirectory()) return [`${about} ${await readFile(path, 'utf8')}`];
  const names = (await readdir(path)).toSorted();
  return [about, ...(await Promise.all(names.map((name) => told(join(path, name))))).flat()];
}

/**
 * Does it again and again while links are swapped; failures that say what they are are fine. Resolves to what is not outside as
 * it was before, and to what is new there.
 */
async function amongLinks(work: () => Promise<void>): Promise<string[]> {
  const before = await told(outside);
  const swapper = await Swapper.start([
    { directory: parent, to: outside, depth: 3 },
    { directory: scratch.path('application'), to: outside, depth: 0 },
  ]);
  const attempts: Record<string, number> = {};
  const count = (outcome: string) => (attempts[outcome] = (attempts[outcome] ?? 0) + 1);
  const end = performance.now() + SECONDS * 1000;
  try {
    while (performance.now() < end) {
      await work().then(
        () => count('done'),
        (error: unknown) => {
          // Nobody can make a good snapshot look bad.
          if (!(error instanceof EngineError) || error.code === 'verification-failed') throw error;
          count(error.code);
        },
      );
    }
  } finally {
    attempts['swaps'] = await swapper.stop();
  }
  if (process.env['SWAP_SECONDS']) console.log(attempts);
  if (attempts['swaps'] === 0) throw new Error('Nothing was swapped.');
  const after = await told(outside);
  const strangers = (await readdir(scratch.root)).filter((name) => name !== 'application' && name !== 'outside');
  return [
    ...strangers,
    ...after.filter((line) => !before.includes(line)),
    ...before.filter((line) => !after.includes(line)),
  ];
}

const request = () => ({ project: PROJECT, snapshotId, attemptId: randomUUID(), filestore: { path: live } });

it('a capture reads nothing outside', async () => {
  const secrets: string[] = [];
  const touched = await amongLinks(async () => {
    const id = randomUUID();
    await capture({ project: PROJECT, snapshotId: id, filestore: live }, place.vault, silent);
    for await (const entry of place.vault.readEntries(PROJECT, id))
      if (entry.kind === 'file' && entry.content.bytes === SECRET.length) secrets.push(entry.path);
  });
  expect([touched, secrets]).toEqual([[], []]);
});

it('a directory is built, compared and removed in a place of our own', async () => {
  const touched = await amongLinks(async () => {
    const compared = { ...request(), filestore: { path: live, compare: true } };
    const staged = await stage(compared, place.vault, silent);
    await discardStaged(staged);
  });
  expect(touched).toEqual([]);
});

it('an exchange brings in nothing but what was built', async () => {
  const touched = await amongLinks(async () => {
    const staged = await stage(request(), place.vault, silent);
    try {
      await cutover(staged, { journal: new MemoryJournal() });
    } finally {
      const { stagedPath, keptPath } = staged.filestore!;
      for (const directory of [stagedPath, keptPath]) await dropKept({ directory });
    }
  });
  expect(touched).toEqual([]);
});

it('an undo swaps the previous directory back, and nothing else', async () => {
  const touched = await amongLinks(async () => {
    const staged = await stage(request(), place.vault, silent);
    const paths = new Set([staged.filestore!.stagedPath, staged.filestore!.keptPath]);
    try {
      const journal = new MemoryJournal();
      const { keptDirectory } = await cutover(staged, { journal });
      const back: Staged = { attemptId: randomUUID(), filestore: { ...staged.filestore!, stagedPath: keptDirectory! } };
      back.filestore!.keptPath = keptAgainName(keptDirectory!, back.attemptId);
      const { liveInode, stagedInode } = journal.last.filestore!;
      Object.assign(back.filestore!, { liveInode: stagedInode, stagedInode: liveInode });
      paths.add(back.filestore!.keptPath);
      await cutover(back, { journal: new MemoryJournal() });
    } finally {
      for (const directory of paths) await dropKept({ directory });
    }
  });
  expect(touched).toEqual([]);
});

/** As an application leaves it, with a link of its own. */
async function populate(directory: string): Promise<void> {
  await mkdir(join(directory, 'a/b'), { recursive: true });
  await symlink(outside, join(directory, 'a/link'));
  for (let n = 0; n < 10; n += 1) await writeFile(join(directory, 'a/b', `${n}`), `kept ${n}`);
}

it('a removal removes what was kept, and follows no link in it', async () => {
  const touched = await amongLinks(async () => {
    const directory = join(parent, `.live.snapback-${randomUUID()}`, 'kept');
    const held = await HeldPath.make(directory);
    await populate(held.at.toString()).finally(() => held.close());
    await dropKept({ directory });
    // Earlier versions had no place of their own.
    const bare = join(parent, `.live.snapback-kept-${randomUUID()}`);
    await asNobody(() => populate(bare)).catch(() => undefined);
    await dropKept({ directory: bare, known: { liveInode: await identityOf(bare), stagedInode: '0:0:0' } });
  });
  expect(touched).toEqual([]);
});

it('a path through a link is not the path that was looked at', async () => {
  await rename(parent, `${parent}.aside`);
  await symlink(outside, parent);
  await expect(stage(request(), place.vault, silent)).rejects.toMatchObject({ code: 'filestore-missing' });
  const id = randomUUID();
  const reading = capture({ project: PROJECT, snapshotId: id, filestore: live }, place.vault, silent);
  await expect(reading).rejects.toMatchObject({ code: 'filestore-missing' });
  expect((await readdir(outside)).toSorted()).toEqual(['a', 'c', 'live']);
});

describe('a directory of root that the application has put in place of', () => {
  let precious: string;
  beforeEach(async () => {
    precious = join(parent, 'backups');
    await mkdir(precious, { mode: 0o700 });
    await writeFile(join(precious, 'backup'), 'precious');
  });

  /** What whoever may write in the parent can do to whatever is in it. */
  const exchanged = async (other: string): Promise<void> => {
    await rename(other, join(parent, 'aside')).catch(() => undefined);
    await rename(precious, other);
    precious = other;
  };
  const expectWhole = async () => expect(await readFile(join(precious, 'backup'), 'utf8')).toBe('precious');

  it('the filestore is not exchanged', async () => {
    const staged = await stage(request(), place.vault, silent);
    await exchanged(live);
    const swapping = cutover(staged, { journal: new MemoryJournal() });
    await expect(swapping).rejects.toMatchObject({ code: 'filestore-tampered' });
    await expectWhole();
    expect(await discardStaged(staged)).toEqual([]);
  });

  it('the filestore before anything was built is not exchanged', async () => {
    const looked = { ...request(), filestore: { path: live, inode: String((await lstat(live)).ino) } };
    await exchanged(live);
    await expect(stage(looked, place.vault, silent)).rejects.toMatchObject({ code: 'filestore-tampered' });
    await expectWhole();
  });

  it.each(['', '.removed'])('a kept directory of an earlier version is not removed, nor one%s', async (end) => {
    const directory = join(parent, `.live.snapback-kept-${randomUUID()}`);
    await exchanged(`${directory}${end}`);
    expect(await dropKept({ directory })).toEqual([expect.stringContaining('left over')]);
    const known = { liveInode: await identityOf(live), stagedInode: '1:1:0' };
    expect(await dropKept({ directory, known })).toEqual([expect.stringContaining('left over')]);
    await expectWhole();
  });

  it('an enclosure is not removed', async () => {
    const staged = await stage(request(), place.vault, silent);
    const journal = new MemoryJournal();
    const { keptDirectory } = await cutover(staged, { journal });
    // Its own enclosure of another rollback, with what may still be undone.
    await mkdir(join(precious, 'kept'));
    await writeFile(join(precious, 'kept/backup'), 'precious');
    await exchanged(dirname(keptDirectory!));
    const known = journal.last.filestore!;
    expect(await dropKept({ directory: keptDirectory!, known })).toEqual([expect.stringContaining('left over')]);
    expect(await readFile(join(precious, 'kept/backup'), 'utf8')).toBe('precious');
  });
});

it('what cannot be reached is left over, and not forgotten', async () => {
  const directory = join(parent, `.live.snapback-${randomUUID()}`, 'kept');
  await rename(parent, `${parent}.away`);
  expect(await dropKept({ directory })).toEqual([expect.stringContaining('does not exist')]);
});
