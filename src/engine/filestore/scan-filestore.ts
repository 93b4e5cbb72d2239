import type { BigIntStats } from 'node:fs';
import { lstat, readlink, type FileHandle } from 'node:fs/promises';
import { EngineError } from '../engine-error.js';
import { displayPath } from './encoded-path.js';
import { errnoOf, unreadable } from './filestore-failure.js';
import { joinBytes, readDirectory } from './read-directory.js';
import { TreeRoot, within } from './tree-root.js';

const DEFAULT_CONCURRENCY = 16;

/** How often one path may change between directory and something else before the scan gives up on it. */
const KIND_ATTEMPTS = 5;

export interface Scanned {
  /** Relative to the root, which is the empty path. */
  path: Buffer;
  /** Permission bits, as in `stat.mode & 0o7777`. */
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
}

export interface ScannedFile extends Scanned {
  kind: 'file';
  /** Bytes, when it was scanned. */
  size: number;
  /** How many names the file has; more than one is a hard link, inside or outside of the root. */
  links: number;
}

export interface ScannedDirectory extends Scanned {
  kind: 'directory';
}

export interface ScannedSymlink extends Scanned {
  kind: 'symlink';
  target: Buffer;
}

/** What has no content to capture. */
export interface ScannedSpecial extends Scanned {
  kind: 'special';
  type: 'socket' | 'fifo' | 'device';
}

export type ScannedEntry = ScannedFile | ScannedDirectory | ScannedSymlink | ScannedSpecial;

export interface ScanOptions {
  signal: AbortSignal;
  /** Files of one directory that are looked at at once. */
  concurrency?: number;
  /** Only this path and what is below it, relative to the root. */
  from?: Buffer;
}

/**
 * Everything in a directory, the directory itself first and each directory before what it contains,
 * otherwise in the order of the file system. Symbolic links are reported and never followed. What
 * disappears while it is scanned is left out. Memory grows with the directories that wait to be read and
 * with the names in the one that is read, not with the number of files.
 *
 * `root` has to be a real path. Throws `EngineError('filestore-missing' | 'filestore-not-a-directory')`
 * for the root, `'filestore-unreadable'` naming the path for whatever cannot be looked at, and
 * `signal.reason` when aborted.
 */
export async function* scanFilestore(root: string, options: ScanOptions): AsyncIterable<ScannedEntry> {
  const tree = await TreeRoot.open(root);
  try {
    const pending: Buffer[] = [options.from ?? Buffer.alloc(0)];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      yield* scanDirectory(tree, path, pending, options);
    }
    await tree.confirm();
  } finally {
    await tree.close();
  }
}

/** One directory and what lies directly in it; directories found in it are added to `pending`. */
async function* scanDirectory(
  tree: TreeRoot,
  path: Buffer,
  pending: Buffer[],
  options: ScanOptions,
): AsyncIterable<ScannedEntry> {
  options.signal.throwIfAborted();
  const opened = await openDirectory(tree, path);
  if ('kind' in opened) {
    if (opened.kind !== 'gone') yield opened;
    return;
  }
  const { handle, stats } = opened;
  try {
    yield { kind: 'directory', ...attributes(path, stats) };
    for await (const batch of batches(handle, path, options.concurrency ?? DEFAULT_CONCURRENCY)) {
      options.signal.throwIfAborted();
      const entries = await Promise.all(batch.map((name) => look(handle, joinBytes(path, name), name)));
      for (const entry of entries) {
        if (entry === undefined) continue;
        if (entry.kind === 'directory') pending.push(entry.path);
        else yield entry;
      }
    }
  } finally {
    await handle.close();
  }
}

type Opened = { handle: FileHandle; stats: BigIntStats } | Exclude<ScannedEntry, ScannedDirectory> | { kind: 'gone' };

/** The directory, or what took its place since its parent was listed. */
async function openDirectory(tree: TreeRoot, path: Buffer): Promise<Opened> {
  for (let attempt = 1; attempt <= KIND_ATTEMPTS; attempt += 1) {
    const opened = await tree.openDirectory(path);
    if (opened === 'gone') return { kind: 'gone' };
    if (opened !== 'replaced') return opened;
    const found = await tree.inParent(path, (parent, name) => look(parent, path, name));
    if (found === undefined) return { kind: 'gone' };
    if (found.kind !== 'directory') return found;
  }
  throw keepsChanging(path);
}

/**
 * A directory's names, so many at once, each once: POSIX lets a name be listed twice that is removed and
 * created again meanwhile, and what is in a snapshot twice could not be restored.
 */
async function* batches(handle: FileHandle, path: Buffer, size: number): AsyncIterable<Buffer[]> {
  const seen = new Set<string>();
  let batch: Buffer[] = [];
  try {
    for await (const { name } of readDirectory(`/proc/self/fd/${handle.fd}`)) {
      const key = name.toString('latin1');
      if (seen.has(key)) continue;
      seen.add(key);
      batch.push(name);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  if (batch.length > 0) yield batch;
}

/** What a name in an open directory stands for now, links not followed; undefined when it is gone. */
async function look(directory: FileHandle, path: Buffer, name: Buffer): Promise<ScannedEntry | undefined> {
  try {
    for (let attempt = 1; attempt <= KIND_ATTEMPTS; attempt += 1) {
      const stats = await lstat(within(directory, name), { bigint: true });
      const common = attributes(path, stats);
      if (stats.isFile()) return { kind: 'file', ...common, size: Number(stats.size), links: Number(stats.nlink) };
      if (stats.isDirectory()) return { kind: 'directory', ...common };
      if (!stats.isSymbolicLink()) return { kind: 'special', ...common, type: typeOf(stats) };
      const target = await readTarget(directory, name);
      if (target) return { kind: 'symlink', ...common, target };
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
  throw keepsChanging(path);
}

/** Where a symbolic link points, or undefined when it is none any more. */
async function readTarget(directory: FileHandle, name: Buffer): Promise<Buffer | undefined> {
  try {
    return await readlink(within(directory, name), { encoding: 'buffer' });
  } catch (error) {
    if (errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function typeOf(stats: BigIntStats): ScannedSpecial['type'] {
  if (stats.isSocket()) return 'socket';
  return stats.isFIFO() ? 'fifo' : 'device';
}

/** What every kind of entry has, from its `stat`. */
export function attributes(path: Buffer, stats: BigIntStats): Scanned {
  return {
    path,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
  };
}

function keepsChanging(path: Buffer): EngineError {
  return new EngineError(
    'filestore-unreadable',
    `"${displayPath(path)}" in the filestore keeps turning into something else. Stop what changes it and try again.`,
  );
}
