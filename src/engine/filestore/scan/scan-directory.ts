import { closeSync, fstatSync, opendirSync, readlinkSync } from 'node:fs';
import { unreadablePath } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';
import { isOfFileSystem, isOwnName, mayBeOfFileSystem } from '../paths/own-names.js';
import { joinBytes, NAMES_AS_BYTES, splitBytes } from '../paths/read-directory.js';
import { withinFd } from '../paths/long-path.js';
import { type HeldRoot, openDirectoryBelow } from './held-root.js';
import { lookAt } from './look-at.js';
import {
  attributes,
  fileOf,
  keepsChanging,
  KIND_ATTEMPTS,
  type ScannedDirectory,
  type ScannedEntry,
  type ScannedFile,
  type ScannedSpecial,
  type ScannedSymlink,
  specialOf,
} from './scanned-entry.js';

/** A directory inside the one that is scanned, which has to be scanned in its turn. */
export interface FoundDirectory {
  kind: 'found-directory';
  path: Buffer;
}

export type ScanItem = ScannedEntry | FoundDirectory;

/** Whether what cannot be looked at is missed. */
export type IsNeeded = (path: Buffer) => boolean;

/**
 * A directory below the root, and then what lies directly in it; nothing when it is gone, and what took its place
 * when that is something else. Symbolic links are not followed, and what disappears meanwhile is left out.
 *
 * Blocks its thread, with one system call an entry. Asking another thread for each of them, as `fs/promises` does, takes
 * four times as long as the calls. Throws `EngineError('filestore-unreadable')` naming what cannot be looked at, unless nobody needs it.
 */
export function* scanDirectory(root: HeldRoot, path: Buffer, isNeeded: IsNeeded = () => true): Generator<ScanItem> {
  const opened = openOrReplacement(root, path);
  if (opened === undefined) return;
  if (typeof opened === 'object') {
    yield opened;
    return;
  }
  try {
    yield { kind: 'directory', ...attributes(path, fstatSync(opened, { bigint: true })) };
    for (const name of namesIn(opened, path)) {
      if (root.isMountPoint && path.length === 0 && isNobodys(opened, name)) continue;
      const found = look(opened, joinBytes(path, name), name, isNeeded);
      if (found !== undefined) yield found;
    }
  } finally {
    closeSync(opened);
  }
}

/** Whether an entry at the top of a mount point is Snapback's own, or the file system's. */
function isNobodys(directory: number, name: Buffer): boolean {
  if (!mayBeOfFileSystem(name)) return isOwnName(name);
  try {
    return isOfFileSystem(name, lookAt(directory, name).ino);
  } catch {
    // Whoever looks at it next says so.
    return false;
  }
}

/** The open directory, or what took its place since its parent was listed; undefined when it is gone. */
function openOrReplacement(root: HeldRoot, path: Buffer): number | Exclude<ScannedEntry, ScannedDirectory> | undefined {
  for (let attempt = 1; attempt <= KIND_ATTEMPTS; attempt += 1) {
    const opened = openDirectoryBelow(root, path);
    if (opened === 'gone') return undefined;
    if (opened !== 'replaced') return opened;
    const found = lookInParent(root, path);
    if (found === undefined) return undefined;
    if (found.kind !== 'found-directory') return found;
  }
  throw keepsChanging(path);
}

function lookInParent(root: HeldRoot, path: Buffer): Looked | undefined {
  const { directory, name } = splitBytes(path);
  const parent = openDirectoryBelow(root, directory);
  if (typeof parent === 'string') return undefined;
  try {
    return look(parent, path, name);
  } finally {
    closeSync(parent);
  }
}

/**
 * A directory's names, each once: POSIX lets a name be listed twice that is removed and created again meanwhile,
 * and what is in a snapshot twice could not be restored.
 */
function* namesIn(fd: number, path: Buffer): Generator<Buffer> {
  const seen = new Set<string>();
  try {
    const directory = opendirSync(`/proc/self/fd/${fd}`, NAMES_AS_BYTES);
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        const name = entry.name as unknown as Buffer;
        const key = name.toString('latin1');
        if (seen.has(key)) continue;
        seen.add(key);
        yield name;
      }
    } finally {
      directory.closeSync();
    }
  } catch (error) {
    throw unreadablePath(path, error);
  }
}

type Looked = ScannedFile | ScannedSymlink | ScannedSpecial | FoundDirectory;

/** What a name in an open directory stands for now, links not followed; undefined when it is gone. */
function look(directory: number, path: Buffer, name: Buffer, isNeeded: IsNeeded = () => true): Looked | undefined {
  try {
    for (let attempt = 1; attempt <= KIND_ATTEMPTS; attempt += 1) {
      const stats = lookAt(directory, name);
      if (stats.isFile()) return fileOf(path, stats);
      if (stats.isDirectory()) return { kind: 'found-directory', path };
      if (!stats.isSymbolicLink()) return specialOf(path, stats);
      const target = readTarget(withinFd(directory, name));
      if (target) return { kind: 'symlink', ...attributes(path, stats), target };
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || !isNeeded(path)) return undefined;
    throw unreadablePath(path, error);
  }
  throw keepsChanging(path);
}

/** Where a symbolic link points, or undefined when it is none any more. */
function readTarget(path: Buffer): Buffer | undefined {
  try {
    return readlinkSync(path, { encoding: 'buffer' });
  } catch (error) {
    if (errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}
