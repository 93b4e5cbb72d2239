import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/engine/filestore/paths/directory-identity.js';
import { stagedDirectoryOf, statesOf } from '../../../src/engine/filestore/paths/states-place.js';
import {
  exchangeStates,
  hasTakenPlace,
  isPrevious,
  type KnownStates,
  liveSide,
} from '../../../src/engine/filestore/swap/filestore-states.js';
import { scanFilestore } from '../../../src/engine/filestore/scan/scan-filestore.js';
import { renameExchange } from '../../../src/engine/filestore/libc.js';
import { MOST_TOP_ENTRIES, noteTop, topProblem } from '../../../src/engine/filestore/swap/top-of-mount.js';
import { describeTree } from '../../harness/compare-trees.js';
import { sampleOf } from '../../harness/thorough.js';
import { asNobody, NOBODY } from './filestore-scratch.js';
import { fillWith, MountedStore, put } from './mounted-store.js';

let store: MountedStore | undefined;
let staged: string;
let known: KnownStates;
/** Both states, in words. */
let was: { old: string[]; new: string[] };

beforeEach(async ({ skip }) => {
  store = await MountedStore.mount();
  if (store === undefined) return skip();
  await fillWith(store.path, 'old');
  staged = await stagedDirectoryOf(store.path, randomUUID());
  const before = await describeTree(store.path);
  await mkdir(dirname(staged), { mode: 0o700 });
  await mkdir(staged);
  await fillWith(staged, 'new');
  await utimes(store.path, new Date('2024-01-02T03:04:05.678Z'), new Date('2024-01-02T03:04:05.678Z'));
  was = { old: before, new: await describeTree(staged) };
  await note();
});
afterEach(() => store?.remove());

const live = () => store!.path;

async function note(): Promise<void> {
  const directories = { liveInode: await identityOf(live()), stagedInode: await identityOf(staged) };
  known = { livePath: live(), ...directories, top: await noteTop(staged, directories) };
}

/** The top of the mount point without what is the service's own. */
async function liveTree(): Promise<string[]> {
  const enclosure = dirname(staged).slice(live().length + 1);
  return (await describeTree(live())).filter((line) => !line.startsWith(`"./${enclosure}`));
}

async function expectLive(state: 'old' | 'new'): Promise<void> {
  expect(await liveSide(known, staged)).toBe(state);
  expect(await liveTree()).toEqual(was[state]);
  expect(await describeTree(staged)).toEqual(was[state === 'new' ? 'old' : 'new']);
}

it('the other states of a mount point live inside of it, those of any other directory beside it', async () => {
  expect(await statesOf(live())).toBe(live());
  expect(await statesOf(join(live(), 'both'))).toBe(live());
});

it('everything at the top is exchanged, and exchanged back, with its attributes and those of the top itself', async () => {
  await expectLive('old');
  expect(await hasTakenPlace(known)).toBe(false);

  await exchangeStates(known, staged, { to: 'new' });
  await expectLive('new');
  expect(await hasTakenPlace(known)).toBe(true);
  expect(await isPrevious(staged, known)).toBe(true);

  await exchangeStates(known, staged, { to: 'old' });
  await expectLive('old');
});

it('doing it again changes nothing', async () => {
  await exchangeStates(known, staged, { to: 'new' });
  await exchangeStates(known, staged, { to: 'new' });
  expect(await liveSide(known, staged)).toBe('new');
  await expectLive('new');
});

it('a worker that is not root does the same with what is its own', async () => {
  store!.giveTo(NOBODY);
  was = { old: await liveTree(), new: await describeTree(staged) };
  await asNobody(async () => {
    await note();
    await exchangeStates(known, staged, { to: 'new' });
    await expectLive('new');
    await exchangeStates(known, staged, { to: 'old' });
    expect(await liveSide(known, staged)).toBe('old');
    await expectLive('old');
  });
});

describe('stopped anywhere', () => {
  const names = [
    'both.txt',
    'both',
    'only-old.txt',
    'only-old',
    'only-new.txt',
    'only-new',
    'kind',
    'link',
    '\xff\xfe-both',
  ];
  const subsets = Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((_name, n) => bits & (1 << n)));

  it.each(sampleOf(subsets, 10))('with %s %s %s %s %s %s %s %s %s moved, it ends on either side', async (...moved) => {
    const at = (root: string, name: string) => Buffer.from(`${root}/${name}`, 'latin1');
    for (const name of moved) {
      if (name.startsWith('only-old')) await rename(at(live(), name), at(staged, name));
      else if (name.startsWith('only-new')) await rename(at(staged, name), at(live(), name));
      else renameExchange(at(live(), name), at(staged, name));
    }
    expect(await liveSide(known, staged)).toBe(moved.length === 0 ? 'old' : 'partly');

    await exchangeStates(known, staged, { to: 'new' });
    await expectLive('new');
    await exchangeStates(known, staged, { to: 'old' });
    await expectLive('old');
  });
});

describe('what comes to the top meanwhile', () => {
  it('goes with the old state, and comes back with it', async () => {
    await put(live(), 'late.txt', 'late');
    await put(live(), 'only-new.txt', 'late, where the new state has a file');
    await rm(join(live(), 'only-old.txt'));

    await exchangeStates(known, staged, { to: 'new' });
    expect(await liveTree()).toEqual(was.new);
    expect(await readFile(join(staged, 'late.txt'), 'utf8')).toBe('late');
    expect(await readFile(join(staged, 'only-new.txt'), 'utf8')).toBe('late, where the new state has a file');

    await exchangeStates(known, staged, { to: 'old' });
    expect(await readFile(join(live(), 'late.txt'), 'utf8')).toBe('late');
    expect(await readFile(join(live(), 'only-new.txt'), 'utf8')).toBe('late, where the new state has a file');
    expect(await describeTree(staged)).toEqual(was.new);
  });

  it('stays once the new state is in use', async () => {
    await exchangeStates(known, staged, { to: 'new' });
    await put(live(), 'after.txt', 'after');
    await exchangeStates(known, staged, { to: 'new', takesLate: false });
    expect(await readFile(join(live(), 'after.txt'), 'utf8')).toBe('after');
  });

  it('takes nothing away when an application has put its own in the place of what has come', async () => {
    await exchangeStates(known, staged, { to: 'new' });
    await put(live(), 'replacement', 'replaced');
    await rename(join(live(), 'replacement'), join(live(), 'both.txt'));
    await exchangeStates(known, staged, { to: 'new' });
    expect(await readFile(join(live(), 'both.txt'), 'utf8')).toBe('replaced');
    expect(await readFile(join(staged, 'both.txt'), 'utf8')).toBe('old');
    expect(await liveSide(known, staged)).toBe('new');
  });
});

it('what the file system keeps at its top stays, and is in no snapshot', async ({ skip }) => {
  const volume = await MountedStore.mountExt4();
  if (volume === undefined) return skip();
  try {
    await fillWith(volume.path, 'old');
    const inside = await stagedDirectoryOf(volume.path, randomUUID());
    await mkdir(dirname(inside), { mode: 0o700 });
    await mkdir(inside);
    await fillWith(inside, 'new');
    // As in a snapshot that was taken of it before that was known.
    await mkdir(join(inside, 'lost+found'));
    const directories = { liveInode: await identityOf(volume.path), stagedInode: await identityOf(inside) };
    const both = { livePath: volume.path, ...directories, top: await noteTop(inside, directories) };
    const kept = await stat(join(volume.path, 'lost+found'));

    await exchangeStates(both, inside, { to: 'new' });

    expect(await liveSide(both, inside)).toBe('new');
    expect((await stat(join(volume.path, 'lost+found'))).ino).toBe(kept.ino);
    const names: string[] = [];
    for await (const entries of scanFilestore(volume.path, { signal: new AbortController().signal }))
      names.push(...entries.map(({ path }) => path.toString()));
    expect(names).toContain('only-new.txt');
    expect(names.filter((name) => name.includes('lost+found') || name.includes('snapback'))).toEqual([]);
  } finally {
    await volume.remove();
  }
});

it('whoever was stopped exchanges nothing any more once the directory inside has another name', async () => {
  const moved = join(dirname(staged), 'staged.e2.0a1b2c');
  await rename(staged, moved);
  await expect(exchangeStates(known, staged, { to: 'new' })).rejects.toMatchObject({ code: 'filestore-missing' });
  expect(await liveTree()).toEqual(was.old);
  await exchangeStates(known, moved, { to: 'new' });
  expect(await liveTree()).toEqual(was.new);
});

it('where an entry cannot be moved, all others are where they were', async () => {
  await writeFile(join(live(), 'zz-mounted'), '');
  await note();
  const { spawnSync } = await import('node:child_process');
  expect(spawnSync('mount', ['--bind', '/etc/hostname', join(live(), 'zz-mounted')]).status).toBe(0);
  const before = await liveTree();
  await expect(exchangeStates(known, staged, { to: 'new' })).rejects.toMatchObject({
    code: 'filestore-exchange-unsupported',
  });
  expect(await liveTree()).toEqual(before);
  expect(await liveSide(known, staged)).toBe('old');
  spawnSync('umount', [join(live(), 'zz-mounted')]);
});

describe('which state is live', () => {
  it('is neither of them on another file system, and waits for one that is not mounted', async () => {
    const other = (await MountedStore.mount())!;
    try {
      expect(await liveSide({ ...known, livePath: other.path }, staged)).toBe('unknown');
    } finally {
      await other.remove();
    }
    const bare = { ...known, livePath: join(live(), 'both') };
    await expect(liveSide(bare, staged)).rejects.toMatchObject({ code: 'filestore-missing' });
  });

  it('is told by the top alone when the other one has been removed', async () => {
    await rm(staged, { recursive: true });
    expect(await liveSide(known, undefined)).toBe('old');
  });

  it('is either where both are empty', async () => {
    for (const root of [live(), staged])
      for (const name of await readdir(root, { encoding: 'buffer' }))
        if (!name.toString().includes('.snapback-'))
          await rm(Buffer.concat([Buffer.from(`${root}/`), name]) as unknown as string, { recursive: true });
    await note();
    expect(await liveSide(known, staged)).toBe('either');
    await exchangeStates(known, staged, { to: 'new' });
    expect(await liveSide(known, staged)).toBe('either');
  });
});

describe('refused before anything is touched', () => {
  it('a state with a name of ours at its top', async () => {
    await put(staged, `.this-mount.snapback-${randomUUID()}`, '');
    await expect(note()).rejects.toMatchObject({
      code: 'filestore-exchange-unsupported',
      message: expect.stringContaining('a name that the service uses itself'),
    });
  });

  it('more at the top than can be written down', async () => {
    expect(await topProblem(live())).toBeUndefined();
    for (let n = 0; n <= MOST_TOP_ENTRIES; n += 1) await writeFile(join(live(), `${n}`), '');
    expect(await topProblem(live())).toContain(`more than ${MOST_TOP_ENTRIES} entries at the top`);
    await expect(note()).rejects.toMatchObject({ code: 'filestore-exchange-unsupported' });
  });

  it('another directory than was built', async () => {
    await rename(staged, `${staged}-away`);
    await mkdir(staged);
    const { liveInode, stagedInode } = known;
    await expect(noteTop(staged, { liveInode, stagedInode })).rejects.toMatchObject({ code: 'filestore-tampered' });
  });
});
