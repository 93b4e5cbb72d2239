import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { openFrame } from '../../../src/vault/packs/frame.js';
import { readPackIndex, verifyPack } from '../../../src/vault/packs/pack-reader.js';
import { GivenContents } from '../../../src/vault/writing/given-contents.js';
import { closed, closeLanes, dataKey, inOneBuffer, makeLanes, MIB, openNoise } from './lanes-fixture.js';
import { noise } from './noise-source.js';

closeLanes();

describe('the lanes', () => {
  it('bring every new chunk back byte for byte, from packs of their threads, and no other', async () => {
    const packs: { id: string; bytes: Buffer }[] = [];
    const asked = new Set<string>();
    const wanted = new Set<string>();
    const lanes = makeLanes({
      whichAreNew: async (names) => {
        await sleep(names.length % 3);
        return [...names.entries()].flatMap(([index, name]) => {
          const id = name.toString('hex');
          const isNew = !asked.has(id) && name[0]! % 4 !== 1;
          asked.add(id);
          if (isNew) wanted.add(id);
          return isNew ? [index] : [];
        });
      },
      store: async ({ id, bytes }) => void packs.push({ id, bytes: Buffer.from(bytes) }),
    });
    const plain: { content: Buffer; ref: ContentRef }[] = [];
    const given = new GivenContents(lanes);
    const small = Array.from({ length: 300 }, (_, nth) => Buffer.alloc(nth * 99, `content ${nth} `));
    const sizes = [0, 1, 100_000, 6 * MIB, 9 * MIB];
    await Promise.all([
      ...small.map(async (content) => plain.push({ content, ref: await given.store(inOneBuffer(content)) })),
      ...[100, 200, 300, 400].map(async (number) => {
        const source = await openNoise(lanes);
        const refs = await source.ask({ kind: 'store', number, bytes: sizes });
        for (const [index, ref] of refs.entries()) plain.push({ content: noise(number + index, sizes[index]!), ref });
        await source.close();
      }),
    ]);
    await lanes.flush();

    expect(packs.length).toBeGreaterThan(1);
    const found = new Map<string, Buffer>();
    for (const { id, bytes } of packs) {
      const stored = { size: bytes.length, read: async (at: number, n: number) => bytes.subarray(at, at + n) };
      await verifyPack(stored, id, dataKey);
      const { keys, entries } = await readPackIndex(stored, dataKey);
      for (const entry of entries) {
        const frame = bytes.subarray(entry.offset, entry.offset + entry.storedBytes);
        found.set(entry.id.toString('hex'), openFrame(keys, entry, frame));
      }
    }
    expect(new Set(found.keys())).toEqual(wanted);
    for (const { content, ref } of plain) {
      expect({ bytes: ref.bytes, sha256: ref.sha256 }).toEqual({
        bytes: content.length,
        sha256: hash('sha256', content),
      });
      let at = 0;
      for (const { id, bytes } of ref.chunks) {
        const chunk = content.subarray(at, (at += bytes));
        expect(asked).toContain(id);
        expect(!wanted.has(id) || found.get(id)!.equals(chunk)).toBe(true);
      }
      expect(at).toBe(content.length);
    }
  });

  it('read no more than the budget while the backend stands still, and go on when it moves', async () => {
    const gate = Promise.withResolvers<void>();
    let stored = 0;
    const lanes = makeLanes({
      budgetBytes: 128 * MIB,
      store: async ({ bytes }) => {
        await gate.promise;
        stored += bytes.length;
      },
    });
    expect(lanes.plan.lanes).toBe(2);
    let read = 0;
    const sources = [0, 1, 2, 3].map((nth) =>
      openNoise(lanes, (bytes) => (read += bytes)).then((source) => ({ nth, source })),
    );
    const reading = Promise.all(
      sources.map(async (opening) => {
        const { nth, source } = await opening;
        await source.ask({ kind: 'store', number: 1000 * nth, bytes: [64 * MIB] });
      }),
    );
    for (let before = -1; before !== read; await sleep(500)) before = read;
    expect(read).toBeGreaterThan(lanes.plan.packs * lanes.plan.packBytes * 0.8);
    expect(read).toBeLessThan(128 * MIB);
    gate.resolve();
    await reading;
    await lanes.flush();
    expect(read).toBe(256 * MIB);
    expect(stored).toBeGreaterThan(256 * MIB);
  });

  it('tell a source apart from the others by its errors, when they have a code', async () => {
    const lanes = makeLanes();
    const [one, other] = await Promise.all([openNoise(lanes), openNoise(lanes)]);
    const answers = await Promise.allSettled([
      one.ask({ kind: 'store', number: 1, bytes: [3 * MIB] }),
      one.ask({ kind: 'refuse' }),
      one.ask({ kind: 'store', number: 2, bytes: [2 * MIB] }),
      other.ask({ kind: 'store', number: 3, bytes: [MIB] }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { code: 'refused', message: 'not that one' } });
    await lanes.flush();
  });

  it('close a source in the middle of what it is at, and once, while the others go on', async () => {
    const lanes = makeLanes({ lanes: 1 });
    let read = 0;
    const [one, other] = await Promise.all([openNoise(lanes, (bytes) => (read += bytes)), openNoise(lanes)]);
    const asked = one.ask({ kind: 'store', number: 1, bytes: [100_000 * MIB] });
    await vi.waitUntil(() => read >= 10 * MIB, { timeout: 30_000 });
    await Promise.all([one.close(), one.close()]);
    const [content] = await asked;
    await expect(one.ask({ kind: 'store', number: 1, bytes: [1] })).rejects.toMatchObject(closed);
    expect(await other.ask({ kind: 'store', number: 2, bytes: [5] })).toMatchObject([{ bytes: 5 }]);
    await lanes.flush();
    expect(read).toBe(content!.bytes);
  });
});
