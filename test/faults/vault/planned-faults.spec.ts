import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { FaultInjectingBackend } from './fault-injecting-backend.js';
import { FaultScript, type FaultRule } from './planned-faults.js';
import { sourceOf } from '../../../src/vault/backend/object-source.js';

/** As much of a backend as these tests ask for, in a map. */
function inMemory(objects: Map<string, Buffer>): Backend {
  const find = (key: string) => objects.get(key) ?? Buffer.of();
  return {
    put: async (key, object) => {
      const buffers: Buffer[] = [];
      for await (const buffer of object.open()) buffers.push(buffer);
      objects.set(key, Buffer.concat(buffers));
    },
    replace: async (key, bytes) => void objects.set(key, bytes),
    read: async (key, range) => find(key).subarray(range?.offset ?? 0, range && range.offset + range.bytes),
    openFile: async () => null,
    stream: async function* (key, offset = 0) {
      for (let at = offset; at < find(key).length; at += 4) yield find(key).subarray(at, at + 4);
    },
    stat: async (key) => ({ bytes: find(key).length, modifiedAt: new Date(0) }),
    list: async function* () {
      for (const [key, { length }] of objects) yield { key, bytes: length, modifiedAt: new Date(0) };
    },
    delete: async (keys) => {
      for (const key of keys) objects.delete(key);
      return [];
    },
    locks: null,
    removeUnfinished: async () => 0,
  };
}

describe('injected faults', () => {
  const objects = new Map<string, Buffer>();
  const bytes = Buffer.from('0123456789');

  const withFaults = (...rules: FaultRule[]) => {
    objects.clear();
    objects.set('object', bytes);
    return new FaultInjectingBackend(inMemory(objects), new FaultScript(...rules));
  };

  const streamed = async (backend: Backend) => {
    const buffers: Buffer[] = [];
    for await (const buffer of backend.stream('object')) buffers.push(buffer);
    return Buffer.concat(buffers);
  };

  it('happen to the calls the script says, counted for each rule by itself', async () => {
    const fault = { kind: 'fail', code: 'unavailable' } as const;
    const backend = withFaults(
      { operation: 'read', key: 'obj', nth: 3, every: 2, times: 2, fault },
      { operation: ['stat', 'delete'], nth: 2, fault },
    );
    const outcomes: string[] = [];
    for (let call = 1; call <= 8; call += 1) {
      await backend.read('other');
      outcomes.push(
        await backend.read('object').then(
          () => 'ok',
          () => 'failed',
        ),
      );
    }
    expect(outcomes).toEqual(['ok', 'ok', 'failed', 'ok', 'failed', 'ok', 'ok', 'ok']);
    await backend.stat('object');
    await expect(backend.delete(['a'])).rejects.toMatchObject({ code: 'unavailable' });
    expect([backend.faults.met, backend.faults.calls('read'), backend.faults.calls('put')]).toEqual([3, 16, 0]);
  });

  it('can forget a write, lose the answer to one, and break one off', async () => {
    const backend = withFaults(
      { operation: 'put', nth: 1, fault: { kind: 'forget' } },
      { operation: 'put', nth: 2, fault: { kind: 'lose-answer' } },
      { operation: 'put', nth: 3, fault: { kind: 'break-off', after: 0, code: 'disk-full' } },
    );
    await backend.put('forgotten', sourceOf(bytes));
    await expect(backend.put('answered', sourceOf(bytes))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(backend.put('broken', sourceOf(bytes))).rejects.toMatchObject({ code: 'disk-full' });
    expect([...objects.keys()]).toEqual(['object', 'answered']);
  });

  it.each([0, 37, 79, 80 + 37])(
    'can flip bit %i of what is read, streamed and stored, and nothing else',
    async (bit) => {
      const flipped = Buffer.from(bytes);
      flipped[(bit % 80) >> 3] = (flipped[(bit % 80) >> 3] ?? 0) ^ (1 << (bit & 7));
      const backend = withFaults({ fault: { kind: 'flip', bit }, times: 4 });
      expect(await backend.read('object')).toEqual(flipped);
      expect(await streamed(backend)).toEqual(flipped);
      await backend.put('put', sourceOf(bytes.subarray(0, 3), bytes.subarray(3)));
      await backend.replace('replaced', bytes);
      expect([objects.get('put'), objects.get('replaced')]).toEqual([flipped, flipped]);
      expect(await backend.read('object')).toEqual(bytes);
    },
  );

  it('can hand out too little, silently or not', async () => {
    const backend = withFaults(
      { operation: ['read', 'stream'], times: 2, fault: { kind: 'short', bytes: 3 } },
      { operation: 'stream', nth: 2, fault: { kind: 'break-off', after: 1, code: 'truncated' } },
    );
    expect((await backend.read('object')).toString()).toBe('0123456');
    expect((await streamed(backend)).toString()).toBe('0123456');
    await expect(streamed(backend)).rejects.toMatchObject({ code: 'truncated' });
  });

  it('can hold a call until the test lets it go', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const backend = withFaults({ operation: 'delete', fault: { kind: 'hold', until: promise } });
    const deleting = backend.delete(['object']);
    await backend.stat('object');
    expect(objects.has('object')).toBe(true);
    resolve();
    await deleting;
    expect(objects.has('object')).toBe(false);
  });
});
