import { chmod, link, mkdir, rename, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CLOCK_TICK_MS } from '../../../src/engine/filestore/reading/file-state.js';
import { writtenAfter } from '../../../src/engine/filestore/swap/written-after.js';
import { asNobody, Scratch } from './filestore-scratch.js';

const DAY_SECONDS = 24 * 60 * 60;

let scratch: Scratch;
let root: string;

beforeEach(async () => {
  scratch = await Scratch.create();
  root = await scratch.directory('kept');
  for (const name of ['a', 'sub/b', 'sub/deep/c']) await scratch.file(`kept/${name}`);
  await symlink('a', `${root}/link`);
});
afterEach(() => scratch.remove());

/** A moment that lies between what was done before and what is done after. */
async function moment(): Promise<Date> {
  await sleep(2 * CLOCK_TICK_MS);
  const now = new Date();
  await sleep(2 * CLOCK_TICK_MS);
  return now;
}

const look = async (since: Date, options: Partial<Parameters<typeof writtenAfter>[2]> = {}) => {
  const { paths, complete } = await writtenAfter(root, since, { limit: 100, budgetMs: 30_000, ...options });
  return { paths: paths.toSorted(), complete };
};

it('finds nothing where nothing was written, whatever date people have given to files and directories', async () => {
  const tomorrow = Date.now() / 1000 + DAY_SECONDS;
  for (const name of ['a', 'sub/b', 'sub', 'sub/deep']) await utimes(`${root}/${name}`, tomorrow, tomorrow);
  expect(await look(await moment())).toEqual({ paths: [], complete: true });
});

it('finds what was written though it is dated into the past', async () => {
  const since = await moment();
  await writeFile(`${root}/sub/b`, 'late');
  await utimes(`${root}/sub/b`, 1, 1);
  expect(await look(since)).toEqual({ paths: ['sub/b'], complete: true });
});

it.each<[string, () => Promise<void>, string[]]>([
  ['a new file, by itself and its directory', () => writeFile(`${root}/sub/new`, ''), ['sub', 'sub/new']],
  ['a new directory', () => mkdir(`${root}/sub/new`).then(() => undefined), ['sub', 'sub/new']],
  ['a removed file, by its directory', () => unlink(`${root}/sub/deep/c`), ['sub/deep']],
  [
    'a renamed directory, and not what it holds',
    () => rename(`${root}/sub/deep`, `${root}/sub/else`),
    ['sub', 'sub/else'],
  ],
  [
    'a directory that came from elsewhere',
    async () => {
      await rename(scratch.path('outside'), `${root}/sub/in`);
    },
    ['sub', 'sub/in'],
  ],
  ['a new name of a file', () => link(`${root}/a`, `${root}/sub/a`), ['a', 'sub', 'sub/a']],
])('finds %s', async (_, change, expected) => {
  await scratch.file('outside/file');
  const since = await moment();
  await change();
  expect(await look(since)).toEqual({ paths: expected, complete: true });
});

it('does not take the renaming of the directory itself for a write', async () => {
  const since = await moment();
  await rename(root, scratch.path('moved'));
  root = scratch.path('moved');
  expect(await look(since)).toEqual({ paths: [], complete: true });
});

it('stops at its limit, and says so', async () => {
  const since = await moment();
  for (let n = 0; n < 5; n += 1) await writeFile(`${root}/${n}`, '');
  expect(await look(since, { limit: 3 })).toMatchObject({ complete: false, paths: { length: 3 } });
  expect(await look(since, { budgetMs: 0 })).toMatchObject({ complete: false });
});

it('has not looked at all of it where it may not look, and is not there', async () => {
  await chmod(await scratch.directory('kept/sub/closed'), 0o700);
  const since = await moment();
  await asNobody(async () => expect((await look(since)).complete).toBe(false));
  expect((await look(since)).complete).toBe(true);
  await rename(root, scratch.path('gone'));
  expect(await look(since)).toEqual({ paths: [], complete: false });
});
