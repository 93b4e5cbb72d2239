import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { FaultInjectingBackend } from './fault-injecting-backend.js';
import { FaultScript } from './planned-faults.js';
import { capture, captureUnpublished, published, rebuild, remove } from './operations.js';
import { makePlace } from './place.js';
import { openWorld, type World } from './world.js';

let setting: Awaited<ReturnType<typeof makePlace>>;
let world: World;
const faults = new FaultScript();
beforeAll(async () => {
  setting = await makePlace();
  world = await openWorld(setting.place, 'faults', {
    backend: (inner) => new FaultInjectingBackend(interrupted(inner), faults),
  });
});
afterAll(async () => {
  await world.close();
  await setting.remove();
});

/** Done once, in the middle of the next call of the store by this name. */
const meanwhile: Partial<Record<'read' | 'delete', () => Promise<void>>> = {};

function interrupted(inner: Backend): Backend {
  const first = async (name: 'read' | 'delete') => {
    const work = meanwhile[name];
    delete meanwhile[name];
    await work?.();
  };
  return Object.assign(Object.create(inner) as Backend, {
    read: async (...args: Parameters<Backend['read']>) => (await first('read'), inner.read(...args)),
    delete: async (...args: Parameters<Backend['delete']>) => (await first('delete'), inner.delete(...args)),
  });
}

const attempt = (snapshotId: string) => ({ snapshotId, attempt: randomUUID(), paths: [`utf8:${snapshotId}.500.text`] });

it('does not come back by a rebuild, when an earlier attempt at it had left a whole manifest', async () => {
  const snapshotId = randomUUID();
  await capture(world, attempt(snapshotId));
  await capture(world, attempt(snapshotId));
  await remove(world, snapshotId);
  await rebuild(world);
  expect(await published(world)).toEqual([]);
});

it('is deleted by a second try, when the store failed the first one', async () => {
  const snapshotId = randomUUID();
  await capture(world, attempt(snapshotId));
  faults.add({ operation: 'delete', fault: { kind: 'fail', code: 'unavailable' } });
  await expect(remove(world, snapshotId)).rejects.toMatchObject({ code: 'unavailable' });
  await remove(world, snapshotId);
  await rebuild(world);
  expect(await published(world)).toEqual([]);
});

it('leaves alone what a capture of the same snapshot is about to publish', async () => {
  const snapshotId = randomUUID();
  await capture(world, attempt(snapshotId));
  const writer = await captureUnpublished(world, attempt(snapshotId));
  await remove(world, snapshotId);
  await writer.publish();
  expect(await published(world)).toEqual([snapshotId]);
});

it('does not come back by a rebuild that was there between its row and its object', async () => {
  const snapshotId = randomUUID();
  await capture(world, attempt(snapshotId));
  const before = await published(world);
  meanwhile.delete = async () => void (await rebuild(world));
  await remove(world, snapshotId);
  expect(await published(world)).toEqual(before.filter((id) => id !== snapshotId));
});

it('is refused during a rebuild, and works afterwards', async () => {
  const snapshotId = randomUUID();
  await capture(world, attempt(snapshotId));
  const during = await world.catalogue.beginRebuild(world.place.project);
  await expect(remove(world, snapshotId)).rejects.toMatchObject({ code: 'rebuilding' });
  await world.catalogue.endRebuild(during);
  await rebuild(world);
  await remove(world, snapshotId);
  expect(await published(world)).not.toContain(snapshotId);
});
