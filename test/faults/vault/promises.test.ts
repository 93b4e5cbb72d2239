import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sourceOf } from '../../../src/vault/backend/object-source.js';
import { capture, contentsIn, published, remove } from './operations.js';
import { makePlace } from './place.js';
import { brokenPromises, leftovers, neededObjects } from './promises.js';
import { SavedWorld } from './saved-world.js';
import { openWorld, type World } from './world.js';

/*
 * Those who look whether promises hold have to see when one does not: otherwise all the killing proves nothing.
 */

let setting: Awaited<ReturnType<typeof makePlace>>;
let world: World;
let saved: SavedWorld;
beforeAll(async () => {
  setting = await makePlace();
  world = await openWorld(setting.place, 'faults');
  saved = await SavedWorld.create(world);
});
beforeEach(() => saved.reset());
afterAll(async () => {
  await world.close();
  await setting.remove();
});

const broken = async (): Promise<string> => (await brokenPromises(world, saved.ledger())).join('\n');

it('has nothing to say about a vault that is whole', async () => {
  expect(await broken()).toBe('');
  expect(await leftovers(world)).toEqual([]);
});

it('sees that a pack is gone', async () => {
  const key = [...(await neededObjects(world))].find((each) => each.includes('/packs/'))!;
  await rm(join(setting.directory, 'vault', key));
  expect(await broken()).toMatch(/pack-missing[\s\S]*calls snapshot .* damaged[\s\S]*fails with chunk-missing/);
});

it('sees that a snapshot is gone whose publication was acknowledged', async () => {
  const [snapshotId = ''] = await published(world);
  await remove(world, snapshotId);
  expect(await broken()).toBe(`Snapshot ${snapshotId} is not there, and its publication was acknowledged.`);
});

it('sees that a snapshot is there whose deletion was acknowledged', async () => {
  const ledger = saved.ledger();
  const [snapshotId = ''] = await published(world);
  ledger.note({ say: 'done', what: 'delete', snapshotId });
  expect((await brokenPromises(world, ledger)).join()).toMatch('is there, and its deletion was acknowledged');
});

it('sees that a snapshot holds other bytes than were captured', async () => {
  const [snapshotId = '', other = ''] = await published(world);
  const ledger = saved.ledger();
  const attempt = randomUUID();
  const [path = ''] = (await contentsIn(world, snapshotId)).keys();
  const [[, wrong] = []] = await contentsIn(world, other);
  ledger.note({ say: 'begin', what: 'capture', snapshotId, attempt, paths: [path, 'utf8:more.10.text'] });
  await capture(world, { snapshotId, attempt, paths: [path], carried: new Map([[path, wrong!]]) });
  expect((await brokenPromises(world, ledger)).join()).toMatch(`differs in ${path}, silently`);
  await capture(world, { snapshotId, attempt, paths: [path] });
  expect((await brokenPromises(world, ledger)).join()).toMatch('lacks utf8:more.10.text, silently');
});

it('sees what collections have left', async () => {
  const key = `projects/${world.place.project}/other/object`;
  await world.backend.put(key, sourceOf(Buffer.from('x')));
  expect(await leftovers(world)).toContain(`Nobody needs ${key}, and collections have left it.`);
});
