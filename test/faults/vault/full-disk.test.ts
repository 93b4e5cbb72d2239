import { execFile } from 'node:child_process';
import { mkdir, open, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend, ObjectSource } from '../../../src/vault/backend/backend.js';
import { BackendError } from '../../../src/vault/backend/backend-error.js';
import type { OperationName } from './announcements.js';
import { sampleOf } from '../../harness/thorough.js';
import { makePlace } from './place.js';
import { brokenPromises, codeOf, leftovers } from './promises.js';
import { performRecorded } from './recorded-operations.js';
import { SavedWorld } from './saved-world.js';
import { openWorld, type World } from './world.js';

const run = promisify(execFile);
const KIB = 1024;

/** How much is free when it begins: from nothing to more than is needed. */
const FREE = [0, 4, 16, 60, 120, 400, 1_000, 100_000].map((kib) => kib * KIB);

let setting: Awaited<ReturnType<typeof makePlace>>;
let world: World;
let saved: SavedWorld;
/** Whether the vault lies on a small file system of its own: that takes a superuser who may mount. */
let mounted = false;
beforeAll(async () => {
  setting = await makePlace();
  await mkdir(disk());
  mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk()]).then(
    () => true,
    () => false,
  );
  if (mounted) {
    const temporary = join(setting.directory, 'temporary');
    await mkdir(temporary);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', temporary]);
    await writeFile(join(temporary, 'filler'), Buffer.alloc(16 * KIB, 1));
  }
  setting.place.store = { directory: join(disk(), 'vault') };
  world = await openWorld(setting.place, 'faults');
  saved = await SavedWorld.create(world);
});
afterAll(async () => {
  await world.close();
  if (mounted) await run('umount', ['--lazy', disk(), join(setting.directory, 'temporary')]);
  await setting.remove();
});

const disk = (): string => join(setting.directory, 'disk');
const filler = (): string => join(disk(), 'filler');

async function leaveFree(bytes: number): Promise<void> {
  await rm(filler(), { force: true });
  const { bavail, bsize } = await statfs(disk());
  const size = Math.max(0, bavail * bsize - bytes);
  const handle = await open(filler(), 'wx');
  // Written, not only made long: a file with a hole takes no room.
  for (let at = 0; at < size; at += 256 * KIB) {
    const { bytesWritten } = await handle.write(Buffer.alloc(Math.min(256 * KIB, size - at), 1));
    if (bytesWritten === 0) break;
  }
  await handle.close();
}

async function freeAll(): Promise<void> {
  await truncate(filler(), 0).catch(() => undefined);
  await rm(filler(), { force: true });
}

/** The same without a file system: so many bytes are taken, and no more. */
class SmallBackend implements Pick<Backend, 'put'> {
  constructor(
    private readonly inner: Backend,
    private free: number,
  ) {}

  async put(key: string, object: ObjectSource): Promise<void> {
    if ((this.free -= object.bytes) < 0) throw new BackendError('disk-full', 'No room.');
    await this.inner.put(key, object);
  }
}

function small(inner: Backend, free: number): Backend {
  const limited = new SmallBackend(inner, free);
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'put') return limited.put.bind(limited);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function attempt(operation: OperationName, free: number): Promise<string> {
  await freeAll();
  await saved.reset();
  const ledger = saved.ledger();
  if (mounted) await leaveFree(free);
  const error = await performRecorded(
    mounted ? world : { ...world, backend: small(world.backend, free) },
    ledger,
    operation,
  );
  // Before anything is freed: what is there can be read and checked on a full disk.
  expect(await brokenPromises(world, ledger), `${operation} with ${free} bytes free`).toEqual([]);
  await freeAll();
  expect(await leftovers(world), `${operation} with ${free} bytes free`).toEqual([]);
  return error === undefined ? 'done' : codeOf(error);
}

it.each<OperationName>(['capture', 'collect'])(
  'a disk that is full breaks no promise during: %s',
  async (operation) => {
    const ends: string[] = [];
    // The least, the most, and some in between.
    const free = [FREE[0]!, ...sampleOf(FREE.slice(1, -1), 2), FREE.at(-1)!];
    for (const bytes of free) ends.push(await attempt(operation, bytes));
    expect(new Set(ends)).toEqual(new Set(['disk-full', 'done']));
    expect(ends[0]).toBe('disk-full');
    expect(ends.at(-1)).toBe('done');
  },
  120_000,
);

it('a deletion needs no room', async () => {
  expect(await attempt('delete', 0)).toBe('done');
});

it('a full directory for temporary files ends a capture with a code, and breaks no promise', async () => {
  await saved.reset();
  const ledger = saved.ledger();
  const before = process.env['TMPDIR'];
  // Where nothing can be mounted, one that is not there.
  process.env['TMPDIR'] = join(setting.directory, 'temporary');
  const error = await performRecorded(world, ledger, 'capture').finally(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  expect(codeOf(error)).toBe(mounted ? 'disk-full' : 'denied');
  expect(await brokenPromises(world, ledger)).toEqual([]);
  expect(await leftovers(world)).toEqual([]);
}, 120_000);
