import { randomUUID } from 'node:crypto';
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EngineError } from '../../engine-error.js';
import { directoryIn, type KnownDirectories, type WhichDirectory } from '../paths/directory-identity.js';
import { stagedDirectoryName } from '../paths/enclosure.js';
import { displayPath } from '../paths/encoded-path.js';
import { reasonOf, unwritable } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';
import { HeldPath, tamperedWith } from '../paths/held-path.js';
import { removeOldProbes } from './old-probes.js';
import { renameExchange } from '../libc.js';

/** What the kernel answers where an exchange is impossible, whatever the two paths are. */
const UNSUPPORTED = new Set(['EINVAL', 'ENOSYS', 'EXDEV', 'EBUSY', 'EOPNOTSUPP']);

/**
 * Exchanges two directories in one step: whoever looks finds the one or the other under each name,
 * never nothing. When it resolves, the exchange also survives a power cut.
 *
 * One of them must be the one, and the other the other of those that are `known`, before and after: names are all that is
 * exchanged, and who may write beside a filestore can put another thing under one at any time.
 *
 * Rejects with `EngineError('filestore-exchange-unsupported')` (another file system, a mount point of
 * late, a file system that cannot), `'filestore-missing'`, `'filestore-unwritable'` or `'filestore-tampered'`: nothing was exchanged
 * then. `'cutover-incomplete'`: exchanged, but perhaps not durable, or not what was meant. Two exchanges cancel out, so a
 * caller that does not know decides by inode and never by trying again.
 */
export async function exchangeDirectories(a: string, b: string, known: KnownDirectories): Promise<void> {
  const held: HeldPath[] = [];
  try {
    for (const path of [a, b]) held.push(await holdOrMiss(path));
    await exchangeHeld(held as [HeldPath, HeldPath], known);
  } finally {
    for (const one of held) await one.close();
  }
}

async function exchangeHeld([a, b]: [HeldPath, HeldPath], known: KnownDirectories): Promise<void> {
  const before = await whichAre(a, b, known);
  if (before.includes('unknown') || before[0] === before[1])
    throw (await whyNotThese(a)) ?? (await whyNotThese(b)) ?? swapped(a, b);
  exchangeNames(a, b);
  try {
    const after = await whichAre(a, b, known);
    if (after[0] !== before[1] || after[1] !== before[0]) throw swapped(a, b);
    for (const one of [a, b]) await one.sync();
  } catch (error) {
    throw new EngineError(
      'cutover-incomplete',
      `The directories "${shown(a.path)}" and "${shown(b.path)}" were exchanged, but it is not certain that this is so now, and survives a power cut: ${error instanceof EngineError ? error.message : reasonOf(error)}.`,
      { cause: error },
    );
  }
}

/**
 * Tries a real exchange of two temporary directories, one of them in an enclosure: the only way to know, since it depends on the
 * kernel, the file system and sometimes the container. Nothing is left behind, not by those that were killed earlier either. Rejects with
 * `EngineError('filestore-exchange-unsupported' | 'filestore-missing' | 'filestore-unwritable' | 'disk-full' | 'filestore-tampered')`.
 */
export async function probeExchange(parent: string): Promise<void> {
  const id = randomUUID();
  const inner = await HeldPath.make(stagedDirectoryName(join(parent, 'probe'), id));
  try {
    const outer = await holdOrMiss(join(parent, `.snapback-probe-${id}`));
    try {
      await exchangeNew(inner, outer, parent);
      const stats = await inner.look();
      if (stats !== undefined) await removeOldProbes(parent, Number(stats.mtimeMs));
    } finally {
      for (const { at } of [inner, outer]) await rmdir(at).catch(() => undefined);
      await outer.close();
    }
  } finally {
    await inner.closeAndTidy();
  }
}

async function exchangeNew(a: HeldPath, b: HeldPath, parent: string): Promise<void> {
  const inodes = () => Promise.all([a, b].map(async (one) => (await one.look())?.ino));
  for (const { at, path } of [a, b]) {
    await mkdir(at).catch((error: unknown) => {
      throw unwritable(Buffer.from(path), error);
    });
  }
  const before = await inodes();
  exchangeNames(a, b);
  const after = await inodes();
  if (after[0] === before[1] && after[1] === before[0]) return;
  if (after[0] === before[0]) throw unsupported(parent, 'it reported success and did nothing');
  throw tamperedWith(parent, 'in which an exchange was tried, had something else there then');
}

async function holdOrMiss(path: string): Promise<HeldPath> {
  const held = await HeldPath.hold(path);
  if (held === undefined) throw missing(path);
  return held;
}

async function whyNotThese(one: HeldPath): Promise<EngineError | undefined> {
  const stats = await one.look();
  if (stats === undefined) return missing(one.path);
  return stats.dev === one.device() ? undefined : unsupported(dirname(one.path), 'something is mounted there');
}

function swapped(a: HeldPath, b: HeldPath): EngineError {
  return new EngineError(
    'filestore-tampered',
    `"${shown(a.path)}" and "${shown(b.path)}" are not the two directories that were to be exchanged: somebody has put others in their places. Find out who, and take the right to write there from them.`,
  );
}

async function whichAre(a: HeldPath, b: HeldPath, known: KnownDirectories): Promise<WhichDirectory[]> {
  return Promise.all([a, b].map((one) => directoryIn(one, known)));
}

function exchangeNames(a: HeldPath, b: HeldPath): void {
  try {
    renameExchange(a.at, b.at);
  } catch (error) {
    throw exchangeFailure(a.path, b.path, error);
  }
}

function exchangeFailure(a: string, b: string, error: unknown): EngineError {
  const code = errnoOf(error);
  if (code === undefined || UNSUPPORTED.has(code)) return unsupported(dirname(a), reasonOf(error), error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return missing(`${a}" or "${b}`, error);
  return unwritable(Buffer.from(dirname(a)), error);
}

function missing(path: string, cause?: unknown): EngineError {
  return new EngineError('filestore-missing', `The directory "${shown(path)}" does not exist.`, { cause });
}

function unsupported(parent: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'filestore-exchange-unsupported',
    `Directories in "${shown(parent)}" cannot be exchanged in one step: ${reason}. Use a local Linux file system such as ext4, xfs or btrfs.`,
    { cause },
  );
}

function shown(path: string): string {
  return displayPath(Buffer.from(path));
}
