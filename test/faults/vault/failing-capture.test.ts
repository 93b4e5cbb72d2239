import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultInjectingBackend } from './fault-injecting-backend.js';
import { FaultScript } from './planned-faults.js';
import { PackVault } from '../../../src/vault/pack-vault.js';
import type { CaptureWriter } from '../../../src/vault/vault.js';
import { makePlace } from './place.js';
import { openWorld, type World } from './world.js';

const MIB = 1024 * 1024;

let setting: Awaited<ReturnType<typeof makePlace>>;
let world: World;
const faults = new FaultScript();
beforeAll(async () => {
  setting = await makePlace();
  world = await openWorld(setting.place, 'faults', { backend: (inner) => new FaultInjectingBackend(inner, faults) });
});
afterAll(async () => {
  await world.close();
  await setting.remove();
});

function begin(): Promise<CaptureWriter> {
  const { backend, catalogue, masterKey } = world;
  const vault = new PackVault({ backend, catalogue, masterKey, lanes: 1, budgetBytes: 128 * MIB });
  const header = { snapshotId: randomUUID(), createdAt: new Date().toISOString(), tools: {} };
  return vault.beginCapture(world.place.project, header);
}

/** Never ends by itself, and takes its time: so that what goes wrong meanwhile could go unheard. */
async function* endless(read: { bytes: number }): AsyncGenerator<Buffer> {
  for (;;) {
    const bytes = randomBytes(MIB);
    read.bytes += bytes.length;
    yield bytes;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

// An unhandled rejection fails the run.
describe('a capture whose packs cannot be stored', () => {
  it('ends a stream without an end at once, with the reason', async () => {
    const writer = await begin();
    faults.add({ operation: 'put', key: 'projects/', times: Infinity, fault: { kind: 'fail', code: 'disk-full' } });
    const read = { bytes: 0 };
    await expect(writer.store(endless(read))).rejects.toMatchObject({ code: 'disk-full' });
    expect(read.bytes).toBeLessThan(100 * MIB);
    await writer.discard();
    faults.clear();
  });

  it('ends all streams that wait for memory', async () => {
    const writer = await begin();
    faults.add({ operation: 'put', key: 'projects/', times: Infinity, fault: { kind: 'fail', code: 'disk-full' } });
    const read = { bytes: 0 };
    const stores = Array.from({ length: 40 }, () => writer.store(endless(read)));
    const ends = await Promise.allSettled(stores);
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { code: 'disk-full' } });
    await writer.discard();
    faults.clear();
  });

  it('that is discarded while streams are read ends them all', async () => {
    const writer = await begin();
    const read = { bytes: 0 };
    const stores = Array.from({ length: 10 }, () => writer.store(endless(read)));
    const ends = Promise.allSettled(stores);
    while (read.bytes < 30 * MIB) await new Promise((resolve) => setTimeout(resolve, 5));
    await writer.discard();
    expect((await ends).map(({ status }) => status)).toEqual(stores.map(() => 'rejected'));
  });
});

it('gives the draft of its manifest back when a capture cannot begin', async () => {
  const { backend, catalogue, masterKey } = world;
  const open = async (): Promise<number> =>
    (await import('node:fs/promises')).readdir('/proc/self/fd').then((fds) => fds.length);
  const vault = new PackVault({ backend, catalogue, masterKey, budgetBytes: MIB });
  const header = { snapshotId: randomUUID(), createdAt: new Date().toISOString(), tools: {} };
  await expect(vault.beginCapture(world.place.project, header)).rejects.toThrow(RangeError);
  const before = await open();
  for (let time = 0; time < 20; time += 1) {
    await expect(vault.beginCapture(world.place.project, header)).rejects.toThrow(RangeError);
  }
  expect(await open()).toBeLessThan(before + 10);
});
