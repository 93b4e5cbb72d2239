import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/vault/backend/backend.js';
import type { BackendError } from '../../src/vault/backend/backend-error.js';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { bytesOf, collect, eachOf, inPieces, noise } from './content.js';
import { describeListing } from './listing-promises.js';
import { describeModel } from './model.js';
import type { Subject, SubjectOptions } from './subject.js';

const MiB = 1024 * 1024;

const NO_KEYS = [
  '',
  '/',
  'a/',
  '/a',
  'a//b',
  '.',
  '..',
  'a/../b',
  './a',
  'A',
  'a b',
  'a\\b',
  'ä',
  'a\0',
  'a'.repeat(513),
];

/** Holds a backend to every promise of the interface. Each test has keys of its own. */
export function describePromises(name: string, open: () => Promise<Subject>, options: SubjectOptions): void {
  describe(`${name} keeps the promises of a backend`, () => {
    let subject: Subject;
    let backend: Backend;

    beforeAll(async () => {
      subject = await open();
      backend = subject.backend;
    });

    afterAll(async () => {
      await subject?.close();
    });

    it.each([0, 1, 65_537, 5 * MiB, 5 * MiB + 1, 12 * MiB])('returns the %i bytes that were stored', async (bytes) => {
      const key = `sizes/${bytes}`;
      const content = noise(key, bytes);
      const before = Date.now();
      await backend.put(key, inPieces(content));
      expect((await backend.read(key)).equals(content)).toBe(true);
      expect((await bytesOf(backend.stream(key))).equals(content)).toBe(true);
      const facts = await backend.stat(key);
      expect(facts?.bytes).toBe(bytes);
      expect(Math.abs((facts?.modifiedAt.getTime() ?? 0) - before)).toBeLessThan(60_000);
      expect(await collect(backend.list(key))).toEqual(
        [{ key, ...facts }].map(() => expect.objectContaining({ key, bytes })),
      );
    });

    it('holds an object open as a file that has its bytes, or says that it is none', async () => {
      const content = noise('file', 100_000);
      await backend.put('file/whole', sourceOf(content));
      const file = await backend.openFile('file/whole');
      if (file === null) return;
      await backend.delete(['file/whole']);
      expect(readFileSync(file.fd).equals(content)).toBe(true);
      await file.close();
      await expect(backend.openFile('file/whole')).rejects.toMatchObject({ code: 'missing' });
    });

    it('stores the same bytes again and refuses others under the same key', async () => {
      const content = noise('same', 1000);
      await backend.put('again', sourceOf(content));
      await backend.put('again', sourceOf(content));
      await expect(backend.put('again', sourceOf(content.subarray(1)))).rejects.toMatchObject({ code: 'exists' });
      const large = inPieces(noise('large', 11 * MiB));
      await expect(backend.put('again', large)).rejects.toMatchObject({ code: 'exists' });
      expect((await backend.read('again')).equals(content)).toBe(true);
    });

    it('stores one object when many put the same at once', async () => {
      const content = noise('many', 200_000);
      await Promise.all(Array.from({ length: 8 }, () => backend.put('many/writers', inPieces(content, 10_000))));
      expect((await backend.read('many/writers')).equals(content)).toBe(true);
      expect(await collect(backend.list('many/'))).toHaveLength(1);
    });

    it.each([1000, 6 * MiB])('lets one win when several put others at once, of about %i bytes', async (bytes) => {
      const contents = [0, 1, 2].map((at) => noise(`race ${at}`, bytes + at));
      const outcomes = await Promise.allSettled(contents.map((each) => backend.put(`race/${bytes}`, inPieces(each))));
      const won = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [at] : []));
      expect(won).toHaveLength(1);
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(lost.map(({ code }) => code)).toEqual(['exists', 'exists']);
      expect((await backend.read(`race/${bytes}`)).equals(contents[won[0] ?? -1] ?? Buffer.of())).toBe(true);
    });

    it('keeps one of two contents of the same length, whole', async () => {
      const contents = [noise('one', 500_000), noise('two', 500_000)];
      await Promise.allSettled(contents.map((each) => backend.put('either', inPieces(each, 7_001))));
      const kept = await backend.read('either');
      expect(contents.filter((each) => each.equals(kept))).toHaveLength(1);
    });

    it.each([10, 12 * MiB])(
      'stores nothing of a source of %i bytes that fails, and throws what it threw',
      async (bytes) => {
        const failure = Object.assign(new Error('the reader failed'), { code: 'ENOENT', syscall: 'read' });
        const open = async function* () {
          yield noise('half', bytes / 2);
          throw failure;
        };
        await expect(backend.put('failing/source', { bytes, open })).rejects.toBe(failure);
        expect(await backend.stat('failing/source')).toBeNull();
        expect(await collect(backend.list('failing/'))).toEqual([]);
      },
    );

    it.each([-1, 1])('stores nothing of a source that delivers %i bytes more than announced', async (more) => {
      for (const bytes of [1000, 10 * MiB]) {
        const content = noise('wrong', bytes + more);
        const wrong = { bytes, open: () => inPieces(content).open() };
        await expect(backend.put('wrong/length', wrong)).rejects.toBeInstanceOf(RangeError);
        expect(await backend.stat('wrong/length')).toBeNull();
      }
    });

    it('replaces an object as a whole, also while it is read', async () => {
      const versions = [noise('old', 300_000), noise('new', 200_000)];
      const isWhole = (bytes: Buffer) => versions.some((each) => each.equals(bytes));
      await backend.replace('small/file', versions[0] ?? Buffer.of());
      await Promise.all([
        eachOf([1, 0, 1, 0, 1, 0, 1], (at) => backend.replace('small/file', versions[at] ?? Buffer.of()), 2),
        eachOf([...Array(20).keys()], async () => expect(isWhole(await backend.read('small/file'))).toBe(true), 4),
      ]);
      await backend.replace('small/file', Buffer.of());
      expect(await backend.stat('small/file')).toMatchObject({ bytes: 0 });
    });

    it('reads a range at every boundary, and never less than was asked for', async () => {
      const content = noise('range', 1000);
      await backend.put('ranged', sourceOf(content));
      const edges = [0, 1, 499, 999, 1000, 1001];
      const tryTo = (reading: Promise<Buffer>) => reading.catch((error: BackendError) => error.code);
      for (const offset of edges) {
        for (const bytes of edges) {
          const end = offset + bytes;
          const read = await tryTo(backend.read('ranged', { offset, bytes }));
          expect(read, `${bytes} from ${offset}`).toEqual(end > 1000 ? 'truncated' : content.subarray(offset, end));
        }
        const streamed = await tryTo(bytesOf(backend.stream('ranged', offset)));
        expect(streamed, `from ${offset}`).toEqual(offset > 1000 ? 'truncated' : content.subarray(offset));
      }
      for (const wrong of [-1, 0.5, Number.NaN]) {
        await expect(backend.read('ranged', { offset: wrong, bytes: 1 })).rejects.toBeInstanceOf(RangeError);
        await expect(backend.read('ranged', { offset: 0, bytes: wrong })).rejects.toBeInstanceOf(RangeError);
      }
    });

    it('says of what is not there that it is missing', async () => {
      await backend.put('present/object', sourceOf(Buffer.of(1)));
      for (const key of ['absent', 'present', 'present/absent', 'absent/object']) {
        expect(await backend.stat(key)).toBeNull();
        for (const reading of [
          () => backend.read(key),
          () => backend.read(key, { offset: 0, bytes: 0 }),
          () => backend.read(key, { offset: 5, bytes: 5 }),
          () => collect(backend.stream(key)),
          () => collect(backend.stream(key, 3)),
        ]) {
          await expect(reading()).rejects.toMatchObject({ code: 'missing' });
        }
      }
    });

    it('holds nothing open for streams that were left early', async () => {
      const content = noise('left', 2 * MiB);
      await backend.put('left/early', sourceOf(content));
      for (let time = 0; time < 30; time += 1) {
        for await (const buffer of backend.stream('left/early')) {
          expect(content.subarray(0, buffer.length).equals(buffer)).toBe(true);
          break;
        }
      }
      expect((await backend.read('left/early')).equals(content)).toBe(true);
    });

    it('deletes what is there, and does not mind what is not', async () => {
      const keys = Array.from({ length: 1100 }, (_, at) => `deleted/${at % 7}/${at}`);
      const some = keys.filter((_, at) => at % 10 === 0);
      await eachOf(some, (key) => backend.put(key, sourceOf(Buffer.from(key))));
      await backend.put('deletedx', sourceOf(Buffer.of(1)));
      await backend.delete(keys);
      await backend.delete([]);
      await backend.delete(['never/was', 'deleted/0/0']);
      expect((await collect(backend.list('deleted'))).map(({ key }) => key)).toEqual(['deletedx']);
      await backend.put('deleted/0/0', sourceOf(Buffer.from('other')));
      expect((await backend.read('deleted/0/0')).toString()).toBe('other');
    });

    it('refuses what is no key before anything is done', async () => {
      const refused = { code: 'invalid-key' };
      for (const key of NO_KEYS) {
        await expect(backend.put(key, sourceOf(Buffer.of(1)))).rejects.toMatchObject(refused);
        await expect(backend.replace(key, Buffer.of(1))).rejects.toMatchObject(refused);
        await expect(backend.read(key)).rejects.toMatchObject(refused);
        await expect(backend.read(key, { offset: 0, bytes: 0 })).rejects.toMatchObject(refused);
        await expect(collect(backend.stream(key))).rejects.toMatchObject(refused);
        await expect(backend.stat(key)).rejects.toMatchObject(refused);
        await expect(backend.delete(['valid', key])).rejects.toMatchObject(refused);
      }
      for (const prefix of ['/', '../', 'a//', 'A', './a']) {
        await expect(collect(backend.list(prefix))).rejects.toMatchObject(refused);
      }
    });

    describeListing(() => subject, options);
    describeModel(() => backend);
  });
}
