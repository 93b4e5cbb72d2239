import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PackingLanes } from '../../../src/vault/packing/packing-lanes.js';
import { Thread } from '../../../src/vault/threads/thread.js';
import { GivenContents } from '../../../src/vault/writing/given-contents.js';
import { usually } from '../../harness/thorough.js';
import { closed, closeLanes, inOneBuffer, makeLanes, MIB, type Noise, openNoise } from './lanes-fixture.js';
import { noise } from './noise-source.js';

const died = { code: 'worker-died' };

closeLanes();

/** Contents without an end, until they fail. */
async function readOn(source: Noise): Promise<never> {
  for (let number = 0; ; number += 1) await source.ask({ kind: 'store', number, bytes: [3 * MIB] });
}

describe('lanes fail together, with the first reason, and nothing hangs,', () => {
  const full = new Error('disk full');
  const failures = [
    ['rejects', () => Promise.reject(full)],
    [
      'throws',
      () => {
        throw full;
      },
    ],
  ] as const;

  /** Why all of this fails, and what is asked afterwards. */
  async function reasonsOf(lanes: PackingLanes, work: readonly Promise<unknown>[]): Promise<unknown[]> {
    const settled = await Promise.allSettled(work);
    settled.push(...(await Promise.allSettled([lanes.flush(), openNoise(lanes)])));
    return settled.map((one) => (one.status === 'rejected' ? one.reason : 'It has not failed.'));
  }

  /** Sources on both lanes, at work. */
  async function atWork(lanes: PackingLanes): Promise<Promise<never>[]> {
    const sources = await Promise.all(Array.from({ length: 4 }, () => openNoise(lanes)));
    return sources.map((source) => readOn(source));
  }

  it.each(failures)('when a pack cannot be stored: the backend %s', async (_, store) => {
    const lanes = makeLanes({ store });
    const reasons = await reasonsOf(lanes, await atWork(lanes));
    for (const reason of reasons) expect(reason).toBe(full);
  });

  it.each(failures)('when nobody knows what is new: who is asked %s', async (_, whichAreNew) => {
    const lanes = makeLanes({ whichAreNew });
    const reasons = await reasonsOf(lanes, await atWork(lanes));
    for (const reason of reasons) expect(reason).toBe(full);
  });

  it('when a source breaks its thread', async () => {
    const lanes = makeLanes();
    const work = await atWork(lanes);
    const broken = await openNoise(lanes);
    for (const reason of await reasonsOf(lanes, [broken.ask({ kind: 'break' }), ...work]))
      expect(reason).toMatchObject(died);
    await broken.close();
  });

  it.each([
    ['ends', 'exit'],
    ['throws', 'throw'],
    ['fails', 'fail'],
    ['cannot start', 'start'],
  ])('when a thread %s', async (_, how) => {
    const lanes = makeLanes({ startLane: () => new Thread('../threads/dying-thread', import.meta.url, { how }) });
    for (const reason of await reasonsOf(lanes, [openNoise(lanes), openNoise(lanes)]))
      expect(reason).toMatchObject(died);
  });

  it('when a source is not to be found', async () => {
    const lanes = makeLanes();
    const opening = lanes.open({ name: 'no-source', from: import.meta.url, start: undefined });
    for (const reason of await reasonsOf(lanes, [opening])) expect(reason).toMatchObject(died);
  });

  it('also contents that wait for their turn, and those that come later', async () => {
    const lanes = makeLanes({
      lanes: 1,
      startLane: () => new Thread('../threads/dying-thread', import.meta.url, { how: 'exit' }),
    });
    const given = new GivenContents(lanes);
    const store = () => given.store(inOneBuffer(Buffer.from('content')));
    for (const reason of await reasonsOf(lanes, [store(), store(), store()])) expect(reason).toMatchObject(died);
    for (const reason of await reasonsOf(lanes, [store()])) expect(reason).toMatchObject(died);
  });
});

describe('lanes are closed', () => {
  it('at any time, whatever they are at, and more than once', async () => {
    for (let round = 0; round < usually(8, 30); round += 1) {
      const lanes = makeLanes({
        budgetBytes: 128 * MIB,
        whichAreNew: async (names) => (await sleep(names.length % 4), [...names.keys()]),
        store: () => sleep(10),
      });
      const given = new GivenContents(lanes);
      const contents = Array.from({ length: 10 }, (_, nth) => given.store(inOneBuffer(noise(nth, 3 * MIB))));
      // A flush is for when nothing is read.
      const reading = round % 2 ? [0, 1, 2].map(async () => readOn(await openNoise(lanes))) : [];
      const flushing = round % 2 ? [] : [Promise.all(contents).then(() => lanes.flush())];
      const all = Promise.allSettled([...reading, ...contents, ...flushing]);
      await sleep(round * 20);
      await Promise.all([lanes.close(), lanes.close()]);
      for (const one of (await all).filter(({ status }) => status === 'rejected')) {
        expect(one).toMatchObject({ reason: closed });
      }
      for (const one of reading) await expect(one).rejects.toMatchObject(closed);
      await expect(lanes.flush()).rejects.toMatchObject(closed);
      await expect(openNoise(lanes)).rejects.toMatchObject(closed);
    }
  });

  it('when packs that are being stored have been', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const lanes = makeLanes({ store: () => (begun.resolve(), gate.promise) });
    const source = await openNoise(lanes);
    await source.ask({ kind: 'store', number: 1, bytes: [100] });
    const flushing = Promise.allSettled([lanes.flush()]);
    await begun.promise;
    let isClosed = false;
    const closing = lanes.close().then(() => (isClosed = true));
    await sleep(50);
    expect(isClosed).toBe(false);
    gate.resolve();
    await closing;
    expect(await flushing).toMatchObject([{ status: 'rejected', reason: closed }]);
  });

  it('behind a source that is at something long', async () => {
    const lanes = makeLanes();
    const source = await openNoise(lanes);
    const waiting = Promise.allSettled([source.ask({ kind: 'wait', ms: 5_000 })]);
    const closing = source.close();
    await lanes.close();
    expect(await waiting).toMatchObject([{ status: 'rejected', reason: closed }]);
    await closing;
  });
});
