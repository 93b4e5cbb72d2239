import { randomUUID } from 'node:crypto';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LocalBackend } from '../../src/vault/backend/local/local-backend.js';
import { S3Backend } from '../../src/vault/backend/s3/s3-backend.js';
import { removeUnfinished } from '../../src/vault/collection/remove-unfinished.js';
import { S3Server } from '../harness/s3-server.js';
import { collect } from './content.js';
import { localSubject, optionsFor } from './subjects.js';

const DAY_MS = 24 * 60 * 60_000;
const PROJECT = '6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01';
const PACK = 'ab'.repeat(32);

afterEach(() => {
  vi.useRealTimers();
});

/** As a process whose clock is wrong sees the time: only its own. */
function clockAheadBy(days: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY_MS });
}

describe('what writers have left', () => {
  it('in a bucket shared with others is removed where its key is certainly ours, and nothing else is', async () => {
    const server = await S3Server.start();
    const { prefix: _, ...options } = optionsFor(server);
    const backend = new S3Backend(options);
    const ours = [`projects/${PROJECT}/packs/ab/${PACK}`, `projects/${PROJECT}/manifests/${PROJECT}/${PROJECT}`];
    const others = [
      'backups/production.tar',
      'projects/website/video.mp4',
      `projects/${PROJECT}/packs/ab/${PACK}.old`,
      `projects/${PROJECT}/uploads/ab/${PACK}`,
      `elsewhere/projects/${PROJECT}/packs/ab/${PACK}`,
      `projects/${PROJECT}/packs/cd/${PACK}`,
      'probe/video.mp4',
      'format.json.part',
    ];
    for (const key of [...ours, ...others]) server.store.beginUpload(key);
    for (const upload of server.store.uploads.values()) upload.begunAt = new Date(Date.now() - 2 * DAY_MS);
    expect(await removeUnfinished(backend)).toBe(ours.length);
    expect([...server.store.uploads.values()].map(({ key }) => key)).toEqual(others);
    backend.close();
    await server.stop();
  });

  it('in a bucket is as old as the clock of the server says', async () => {
    const server = await S3Server.start();
    const backend = new S3Backend(optionsFor(server));
    const upload = server.store.beginUpload(`some/prefix/projects/${PROJECT}/packs/ab/${PACK}`);
    // The server's clock is behind by two months: by ours, what it says was begun then is old.
    const behind = (date: Date) => new Date(date.getTime() - 60 * DAY_MS);
    server.store.clock = () => behind(new Date());
    server.store.uploads.get(upload)!.begunAt = behind(new Date());
    expect(await removeUnfinished(backend)).toBe(0);
    server.store.uploads.get(upload)!.begunAt = behind(new Date(Date.now() - 2 * DAY_MS));
    expect(await removeUnfinished(backend)).toBe(1);
    expect(await collect(backend.list(''))).toEqual([]);
    backend.close();
    await server.stop();
  });

  it('in a directory is not taken for old by a process whose clock is 60 days ahead', async () => {
    const { directory, backend, close } = await localSubject();
    const root = join(directory, 'objects');
    const [old, fresh] = [randomUUID(), randomUUID()];
    for (const name of [old, fresh]) await writeFile(join(root, '+incoming', name), 'half');
    await utimes(join(root, '+incoming', old), 0, 0);
    clockAheadBy(60);
    expect(await removeUnfinished(backend)).toBe(1);
    await LocalBackend.open(root);
    expect(await readdir(join(root, '+incoming'))).toEqual([fresh]);
    await close();
  });

  it('in a directory is removed by a process whose clock is 60 days behind', async () => {
    const { directory, backend, close } = await localSubject();
    const left = join(directory, 'objects', '+incoming', randomUUID());
    await writeFile(left, 'half');
    const days = Date.now() / 1000 - 2 * 86_400;
    await utimes(left, days, days);
    clockAheadBy(-60);
    expect(await removeUnfinished(backend)).toBe(1);
    await close();
  });

  it('in a directory is removed only where its name is one that we give', async () => {
    const { directory, backend, close } = await localSubject();
    const incoming = join(directory, 'objects', '+incoming');
    for (const name of ['notes.txt', randomUUID()]) {
      await writeFile(join(incoming, name), 'x');
      await utimes(join(incoming, name), 0, 0);
    }
    expect(await removeUnfinished(backend)).toBe(1);
    expect(await readdir(incoming)).toEqual(['notes.txt']);
    await close();
  });
});
