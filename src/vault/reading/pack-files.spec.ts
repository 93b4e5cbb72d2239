import { expect, it } from 'vitest';
import type { ObjectFile } from '../backend/backend.js';
import { PackFiles } from './pack-files.js';

/** Gives files numbers in the order of their opening, and none to 'bucket' and 'gone'. */
class Files {
  opened: string[] = [];
  closed: string[] = [];

  async openFile(key: string): Promise<ObjectFile | null> {
    if (key === 'gone') throw new Error('not there');
    if (key === 'bucket') return null;
    this.opened.push(key);
    return { fd: this.opened.length, close: async () => void this.closed.push(key) };
  }
}

it('opens each pack once while somebody reads, and closes all when nobody does', async () => {
  const files = new Files();
  const packs = new PackFiles(files);
  await packs.using(['a', 'b', 'a'], async (first) => {
    expect([...first]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    await packs.using(['b'], async (second) => expect(second.get('b')).toBe(2));
    expect(files.closed).toEqual([]);
  });
  await expect.poll(() => files.closed).toEqual(['a', 'b']);
  await packs.using(['a'], async (again) => expect(again.get('a')).toBe(3));
});

it('has no more open than it may, and closes none that is read', async () => {
  const files = new Files();
  const packs = new PackFiles(files, 2);
  await packs.using(['a'], async () => {
    await packs.using(['b', 'c'], async (some) => expect([...some.keys()]).toEqual(['b']));
    await packs.using(['c'], async (some) => expect([...some.keys()]).toEqual(['c']));
    expect(files.closed).toEqual(['b']);
  });
});

it('has none of what is no file or cannot be opened, and closes all when the work fails', async () => {
  const files = new Files();
  const packs = new PackFiles(files);
  const work = packs.using(['bucket', 'a', 'gone'], async (some) => {
    expect([...some.keys()]).toEqual(['a']);
    throw new Error('failed');
  });
  await expect(work).rejects.toThrow('failed');
  await expect.poll(() => files.closed).toEqual(['a']);
});
