import { EngineError } from '../../engine-error.js';
import { displayPath } from '../paths/encoded-path.js';
import type { EntryStats } from './look-at.js';

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
  /** When it was last written, renamed or given other attributes: set by the kernel alone. */
  ctimeNs: bigint;
}

export interface ScannedFile extends Scanned {
  kind: 'file';
  /** Bytes, when it was scanned. */
  size: number;
  /** How many names the file has; more than one is a hard link, inside or outside of the root. */
  links: number;
  inode: bigint;
}

export interface ScannedDirectory extends Scanned {
  kind: 'directory';
}

export interface ScannedSymlink extends Scanned {
  kind: 'symlink';
  target: Buffer;
}

/** What has no content to capture. Of what is unreadable nothing but the path is known. */
export interface ScannedSpecial extends Scanned {
  kind: 'special';
  type: 'socket' | 'fifo' | 'device' | 'unreadable';
}

export type ScannedEntry = ScannedFile | ScannedDirectory | ScannedSymlink | ScannedSpecial;

/** Of entries; their places in this list are in seals that are stored. */
export const ENTRY_KINDS = ['directory', 'file', 'symlink', 'socket', 'fifo', 'device', 'unreadable'] as const;

/** What an entry is, in one word. */
export function kindOf(entry: ScannedEntry): (typeof ENTRY_KINDS)[number] {
  return entry.kind === 'special' ? entry.type : entry.kind;
}

/** A regular file, from its `stat`. */
export function fileOf(path: Buffer, stats: EntryStats): ScannedFile {
  const { size, nlink, ino } = stats;
  return { kind: 'file', ...attributes(path, stats), size: Number(size), links: Number(nlink), inode: ino };
}

/** What has no content to capture, from its `stat`. */
export function specialOf(path: Buffer, stats: EntryStats): ScannedSpecial {
  return { kind: 'special', ...attributes(path, stats), type: typeOf(stats) };
}

function typeOf(stats: EntryStats): ScannedSpecial['type'] {
  if (stats.isSocket()) return 'socket';
  return stats.isFIFO() ? 'fifo' : 'device';
}

/** What could not be looked at, or a directory not listed to its end. */
export function unreadableOf(path: Buffer): ScannedSpecial {
  return { kind: 'special', type: 'unreadable', path, mode: 0, uid: 0, gid: 0, mtimeNs: 0n, ctimeNs: 0n };
}

/** What every kind of entry has, from its `stat`. */
export function attributes(path: Buffer, stats: EntryStats): Scanned {
  return {
    path,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}

/** For a path that has turned into something else too often. */
export function keepsChanging(path: Buffer): EngineError {
  return new EngineError(
    'filestore-unreadable',
    `"${displayPath(path)}" in the filestore keeps turning into something else. Stop what changes it and try again.`,
  );
}
