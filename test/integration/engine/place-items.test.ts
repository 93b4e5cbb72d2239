import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identityIn } from '../../../src/engine/filestore/paths/directory-identity.js';
import { stagedDirectoryName } from '../../../src/engine/filestore/paths/enclosure.js';
import { claimItems, placeItems, takeBackItems } from '../../../src/engine/items/place-items.js';
import type { StagedItems } from '../../../src/engine/items/stage-items.js';
import { Scratch } from './filestore-scratch.js';

let scratch: Scratch;
let live: string;
let staged: StagedItems;

/** Two items: one that takes the place of what is there, and one that is new. */
beforeEach(async () => {
  scratch = await Scratch.create();
  live = scratch.path('live');
  await mkdir(live);
  await writeFile(join(live, 'a'), 'live');
  const directory = stagedDirectoryName(live, 'items');
  await mkdir(dirname(directory), { mode: 0o700 });
  await mkdir(directory);
  const items: StagedItems['items'] = [];
  for (const [number, name] of ['a', 'b'].entries()) {
    const path = join(directory, String(number));
    await writeFile(path, `restored ${name}`);
    items.push({
      from: name,
      to: name,
      asked: [name],
      exchange: name === 'a',
      identity: identityIn(await lstat(path, { bigint: true })),
    });
  }
  staged = { directory, items };
});
afterEach(() => scratch.remove());

const content = (name: string) => readFile(join(live, name), 'utf8');

it('places each item once, however often it is asked to, and takes each back once', async () => {
  await placeItems(live, { ...staged, items: staged.items.slice(0, 1) });
  await placeItems(live, staged);
  await placeItems(live, staged);
  expect(await content('a')).toBe('restored a');
  expect(await content('b')).toBe('restored b');
  expect(await readFile(join(staged.directory, '0'), 'utf8')).toBe('live');
  expect(await takeBackItems(live, staged)).toEqual([]);
  expect(await takeBackItems(live, staged)).toEqual([]);
  expect(await content('a')).toBe('live');
  expect(await readdir(live)).toEqual(['a']);
});

it('places nothing for a worker that wakes up when another one has claimed the items', async () => {
  const claimed = await claimItems(staged, 2);
  expect(await claimItems(staged, 2)).toEqual(claimed);
  await expect(placeItems(live, staged)).rejects.toMatchObject({ code: 'item-changed' });
  expect(await content('a')).toBe('live');
  await placeItems(live, await claimItems(staged, 3));
  expect(await content('a')).toBe('restored a');
});

it('overwrites nothing that has come to be meanwhile', async () => {
  await writeFile(join(live, 'b'), 'somebody else');
  await expect(placeItems(live, staged)).rejects.toMatchObject({ code: 'item-in-the-way' });
  expect(await content('b')).toBe('somebody else');
  await takeBackItems(live, staged);
  expect(await content('a')).toBe('live');
});

it('puts nothing back over what somebody has put in the place of an item', async () => {
  await placeItems(live, staged);
  await writeFile(join(live, 'new'), 'newer');
  await rename(join(live, 'new'), join(live, 'a'));
  expect(await takeBackItems(live, staged)).toEqual(['a']);
  expect(await content('a')).toBe('newer');
  expect(await readFile(join(staged.directory, '0'), 'utf8')).toBe('live');
});

it('says so when what was exchanged is gone', async () => {
  await rm(join(live, 'a'));
  await expect(placeItems(live, staged)).rejects.toMatchObject({ code: 'item-in-the-way' });
});
