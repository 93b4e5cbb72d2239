import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir, rename, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { READ_ATTEMPTS, readFile } from '../../../src/engine/filestore/reading/read-file.js';
import { TreeRoot } from '../../../src/engine/filestore/paths/tree-root.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { asNobody, collect, never, Scratch } from './filestore-scratch.js';

describe('readFile', () => {
  let scratch: Scratch;
  let root: string;
  let tree: TreeRoot;
  let largest: number;

  beforeEach(async () => {
    scratch = await Scratch.create();
    root = await scratch.directory('store');
    tree = await TreeRoot.open(root);
    largest = 0;
  });
  afterEach(async () => {
    await tree.close();
    await scratch.remove();
  });

  /** Takes a file in as a vault would, and does something when a first part of it has been read. */
  const store = (meanwhile: () => Promise<unknown> = async () => undefined) => {
    return async (source: AsyncIterable<Buffer>): Promise<ContentRef> => {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const buffer of source) {
        if (bytes === 0) await meanwhile();
        bytes += buffer.length;
        largest = Math.max(largest, buffer.length);
        hash.update(buffer);
      }
      return { bytes, sha256: hash.digest('hex'), chunks: [] };
    };
  };
  const read = (name: string, meanwhile?: () => Promise<unknown>) =>
    readFile(tree, Buffer.from(name), { signal: never, store: store(meanwhile) });
  const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

  it('reads a large file whole, in buffers of at most a mebibyte', async () => {
    const content = Buffer.alloc(3 * 1024 * 1024 + 17, 'snap');
    await scratch.file('store/large', content);
    const outcome = await read('large');
    expect(outcome).toMatchObject({
      outcome: 'read',
      changed: false,
      content: { bytes: content.length, sha256: sha256(content) },
    });
    expect(largest).toBe(1024 * 1024);
  });

  it('reads an empty file', async () => {
    await scratch.file('store/empty', '');
    expect(await read('empty')).toMatchObject({ outcome: 'read', changed: false, content: { bytes: 0 } });
  });

  it('reads again what was written to meanwhile, and has its new state', async () => {
    const file = await scratch.file('store/file', 'old old old');
    let times = 0;
    const outcome = await read('file', async () => {
      if ((times += 1) === 1) await writeFile(file, 'new new new');
    });
    expect(times).toBe(2);
    expect(outcome).toMatchObject({ outcome: 'read', changed: false, content: { sha256: sha256('new new new') } });
  });

  it('notices a change of the same length right after another one', async () => {
    const file = await scratch.file('store/file', 'a'.repeat(100));
    for (let n = 0; n < 20; n += 1) {
      await writeFile(file, 'b'.repeat(100));
      let times = 0;
      await read('file', async () => {
        if ((times += 1) === 1) await writeFile(file, 'c'.repeat(100));
      });
      expect(times).toBe(2);
    }
  });

  it('keeps what it read last of a file that never rests, and says so', async () => {
    const file = await scratch.file('store/log', 'line\n');
    const seen: number[] = [];
    const outcome = await readFile(tree, Buffer.from('log'), {
      signal: never,
      store: store(() => appendFile(file, 'line\n')),
      onBytes: (bytes) => seen.push(bytes),
    });
    expect(outcome).toMatchObject({ outcome: 'read', changed: true, content: { bytes: 5 * READ_ATTEMPTS } });
    // What is read again is taken back from the progress.
    expect(seen).toEqual([5, -5, 10, -10, 15]);
  });

  it('does not run after a file that grows as fast as it is read', async () => {
    const file = await scratch.file('store/log', 'x');
    const endless = async (source: AsyncIterable<Buffer>): Promise<ContentRef> => {
      let bytes = 0;
      for await (const buffer of source) {
        bytes += buffer.length;
        await appendFile(file, buffer);
      }
      return { bytes, sha256: '', chunks: [] };
    };
    const outcome = await readFile(tree, Buffer.from('log'), { signal: never, store: endless });
    expect(outcome).toMatchObject({ outcome: 'read', changed: true });
  });

  it('copes with a file that is cut off while it is read', async () => {
    const file = await scratch.file('store/file', Buffer.alloc(3 * 1024 * 1024, 1));
    let times = 0;
    const outcome = await read('file', async () => {
      if ((times += 1) === 1) await truncate(file, 10);
    });
    expect(outcome).toMatchObject({ outcome: 'read', changed: false, content: { bytes: 10 } });
  });

  it('finds the new file when another one is renamed over it', async () => {
    const file = await scratch.file('store/file', 'old');
    let times = 0;
    const outcome = await read('file', async () => {
      if ((times += 1) > 1) return;
      await writeFile(scratch.path('next'), 'new');
      await rename(scratch.path('next'), file);
    });
    expect(outcome).toMatchObject({ outcome: 'read', changed: false, content: { sha256: sha256('new') } });
  });

  it('calls a file gone that is removed before or while it is read', async () => {
    const file = await scratch.file('store/file', 'x');
    expect(await read('file', () => unlink(file))).toEqual({ outcome: 'gone' });
    expect(await read('file')).toEqual({ outcome: 'gone' });
    expect(await read('no/such/directory')).toEqual({ outcome: 'gone' });
  });

  it('calls a file replaced that is a link, a directory, a fifo or a socket now, and does not wait for it', async () => {
    await scratch.file('outside');
    await symlink('../outside', `${root}/link`);
    await mkdir(`${root}/directory`);
    await scratch.fifo('store/fifo');
    await scratch.socket('store/socket');
    for (const name of ['link', 'directory', 'fifo', 'socket']) {
      expect([name, await read(name)]).toEqual([name, { outcome: 'replaced' }]);
    }
  });

  it('does not read what lies behind a directory that became a link', async () => {
    await scratch.file('outside/file', 'secret');
    await symlink('../outside', `${root}/directory`);
    expect(await read('directory/file')).toEqual({ outcome: 'gone' });
  });

  it('names a file that it may not read', async () => {
    const file = await scratch.file('store/a/private\u001b');
    await chmod(file, 0o000);
    const failure = { code: 'filestore-unreadable', message: expect.stringMatching(/"a\/private\\x1b".*EACCES/) };
    await asNobody(() => expect(read('a/private\u001b')).rejects.toMatchObject(failure));
  });

  it('passes on why it could not be stored, and closes the file', async () => {
    await scratch.file('store/file', 'x');
    const failure = new Error('the vault is gone');
    const failing = async (source: AsyncIterable<Buffer>): Promise<ContentRef> => {
      await collect(source);
      throw failure;
    };
    await expect(readFile(tree, Buffer.from('file'), { signal: never, store: failing })).rejects.toBe(failure);
  });

  it('stops in the middle with the reason it is aborted for', async () => {
    await scratch.file('store/file', Buffer.alloc(3 * 1024 * 1024));
    const stop = new AbortController();
    const reason = new Error('enough');
    const reading = readFile(tree, Buffer.from('file'), {
      signal: stop.signal,
      store: store(async () => stop.abort(reason)),
    });
    await expect(reading).rejects.toBe(reason);
  });
});
