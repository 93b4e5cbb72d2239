import { expect, it } from 'vitest';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { sampleOf, usually } from '../harness/thorough.js';
import { collect, eachOf } from './content.js';
import type { Subject, SubjectOptions } from './subject.js';

/** In the order in which they must be listed: "-" and "." come before the slash, digits and letters after it. */
const TRICKY = [
  'a',
  'b-/x',
  'b-c',
  'b.c',
  'b.d/e',
  'b/0',
  'b/_',
  'b/a/b',
  'b/a0',
  'b0/a',
  'b_/x',
  'bb',
  'c/d/e/f',
  'c/d/e0',
];

export function describeListing(subject: () => Subject, { manyKeys }: SubjectOptions): void {
  const backend = () => subject().backend;
  const putEach = (keys: readonly string[]) => eachOf(keys, (key) => backend().put(key, sourceOf(Buffer.of(1))), 16);
  const keysOf = async (prefix: string, after?: string) =>
    (await collect(backend().list(prefix, after))).map(({ key }) => key);

  it('lists keys in the order of their bytes, from any prefix and behind any key', async () => {
    const keys = TRICKY.map((key) => `tricky/${key}`);
    await eachOf(keys.toReversed(), (key) => backend().put(key, sourceOf(Buffer.from(key))));
    for (const { key, bytes } of await collect(backend().list('tricky/'))) expect(bytes).toBe(key.length);
    for (const prefix of [
      'tricky/',
      'tricky',
      'tricky/b',
      'tricky/b/',
      'tricky/b.',
      'tricky/c/d/e',
      'tricky/zz',
      'nothing/',
    ]) {
      for (const after of [undefined, ...sampleOf([...keys, 'tricky/b/a', 'tricky/b.c.d', 'a', 'zz'], 6)]) {
        const expected = keys.filter((key) => key.startsWith(prefix) && key > (after ?? ''));
        expect(await keysOf(prefix, after), `${prefix} after ${after}`).toEqual(expected);
      }
    }
  });

  it('lists what was there all the time exactly once while others write and delete', async () => {
    const keys = Array.from({ length: 100 }, (_, at) => `busy/${at % 5}/${String(at).padStart(4, '0')}`).toSorted();
    await eachOf(keys, (key) => backend().put(key, sourceOf(Buffer.from(key))));
    const writing = new AbortController();
    const churn = (async () => {
      for (let at = 0; !writing.signal.aborted; at += 1) {
        await backend().put(`busy/${at % 5}/${at}-new`, sourceOf(Buffer.of(1)));
        if (at % 3 === 0) await backend().delete([`busy/${at % 5}/${at}-new`]);
      }
    })();
    for (let time = 0; time < usually(3, 5); time += 1) {
      const listed = await keysOf('busy/');
      expect(listed).toEqual([...new Set(listed)].toSorted());
      expect(listed.filter((key) => !key.endsWith('-new'))).toEqual(keys);
    }
    writing.abort();
    await churn;
  });

  it(`lists ${manyKeys} keys completely`, async () => {
    const keys = Array.from({ length: manyKeys }, (_, at) => `long/${at.toString(36).padStart(4, '0')}`);
    await (subject().seed ?? putEach)(keys);
    expect(await keysOf('long/')).toEqual(keys);
    expect(await keysOf('long/', keys[manyKeys / 2])).toEqual(keys.slice(manyKeys / 2 + 1));
    for await (const { key } of backend().list('long/')) {
      expect(key).toBe(keys[0]);
      break;
    }
    await backend().delete(keys);
    expect(await keysOf('long/')).toEqual([]);
  }, 120_000);
}
