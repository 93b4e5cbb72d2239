import type { BigIntStats } from 'node:fs';
import { lstat, readlink, type FileHandle } from 'node:fs/promises';
import { EngineError } from '../engine-error.js';
import { displayPath } from './encoded-path.js';
import { errnoOf, unreadable } from './filestore-failure.js';
import { within } from './tree-root.js';

/** How often one path may change between directory and something else before one gives up on it. */
export const KIND_ATTEMPTS = 5;

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
  ctimeNs: bigint;
  inode: bigint;
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

/** What a name in an open directory stands for now, links not followed; undefined when it is gone. */
export async function look(directory: FileHandle, path: Buffer, name: Buffer): Promise<ScannedEntry | undefined> {
  try {
    for (let attempt = 1; attempt <= KIND_ATTEMPTS; attempt += 1) {
      const stats = await lstat(within(directory, name), { bigint: true });
      if (stats.isFile()) return fileOf(path, stats);
      const common = attributes(path, stats);
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

/** A regular file, from its `stat`. */
export function fileOf(path: Buffer, stats: BigIntStats): ScannedFile {
  const { size, nlink, ctimeNs, ino } = stats;
  return { kind: 'file', ...attributes(path, stats), size: Number(size), links: Number(nlink), ctimeNs, inode: ino };
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

/** For a path that has turned into something else too often. */
export function keepsChanging(path: Buffer): EngineError {
  return new EngineError(
    'filestore-unreadable',
    `"${displayPath(path)}" in the filestore keeps turning into something else. Stop what changes it and try again.`,
  );
}
