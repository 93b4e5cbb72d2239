import { constants } from 'node:fs';
import { chmod, lstat, open, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { EngineError } from '../../engine-error.js';
import { displayPath } from './encoded-path.js';
import { unwritable } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';
import { type KnownDirectories, whichDirectory } from './directory-identity.js';
import { tamperedWith } from './held-path.js';
import { joinBytes, readDirectory } from './read-directory.js';
import { within } from './long-path.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
/** Opens a directory that may not be read, to change its mode; Node has no name for it. */
const O_PATH = 0o10000000;
const OWNER_MAY_ALL = 0o700;

/** Unlinked at once in one directory. */
const CONCURRENCY = 16;

/** A directory is emptied again when somebody still writes into it; this often. */
const PASSES = 5;

/**
 * Removes a file, a link (never what it points to) or a whole directory by its name in a directory that is held, whatever names
 * and modes are in it; `shown` is for a person. What is not there is no error. With `known` it must be one of these directories:
 * rejects with `EngineError('filestore-tampered')`, having removed nothing, when it is anything else. Rejects with
 * `EngineError('filestore-unwritable')`, also for a directory on another file system: something is mounted there, and that is
 * not ours to empty.
 *
 * Each directory is opened from the one that contains it and emptied through that handle. A path would be read anew by every
 * call, and an application that still has the tree open could lead it elsewhere with a symbolic link.
 */
export async function removeHeld(place: Buffer, shown: Buffer, known?: KnownDirectories): Promise<void> {
  try {
    const stats = await lstat(place, { bigint: true });
    if (known && whichDirectory(stats, known) === 'unknown') throw notKnown(shown);
    if (!stats.isDirectory()) return await unlink(place);
    await removeDirectory(place, shown, stats.dev, known);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error instanceof EngineError ? error : unwritable(shown, error);
  }
}

/** `place` is where to find it, through its parent's handle; `shown` is for a person. */
async function removeDirectory(place: Buffer, shown: Buffer, device: bigint, known?: KnownDirectories): Promise<void> {
  for (let pass = 1; ; pass += 1) {
    const handle = await openForRemoval(place);
    try {
      const stats = await handle.stat({ bigint: true });
      if (stats.dev !== device) throw mounted(shown);
      if (known && whichDirectory(stats, known) === 'unknown') throw notKnown(shown);
      await empty(handle, shown, device);
    } finally {
      await handle.close();
    }
    try {
      return await rmdir(place);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return;
      if (errnoOf(error) !== 'ENOTEMPTY' || pass === PASSES) throw unwritable(shown, error);
    }
  }
}

async function empty(directory: FileHandle, shown: Buffer, device: bigint): Promise<void> {
  const directories: Buffer[] = [];
  let batch: Buffer[] = [];
  const flush = async () => {
    await Promise.all(batch.map((name) => removeName(directory, name, shown)));
    batch = [];
  };
  for await (const entry of readDirectory(`/proc/self/fd/${directory.fd}`)) {
    if (entry.isDirectory()) directories.push(entry.name);
    else if (batch.push(entry.name) === CONCURRENCY) await flush();
  }
  await flush();
  for (const name of directories) {
    try {
      await removeDirectory(within(directory, name), joinBytes(shown, name), device);
    } catch (error) {
      // Gone, or not a directory any more: the next pass sees what it is now.
      if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
    }
  }
}

async function removeName(directory: FileHandle, name: Buffer, shown: Buffer): Promise<void> {
  try {
    await unlink(within(directory, name));
  } catch (error) {
    const code = errnoOf(error);
    // EISDIR: it became a directory meanwhile; the next pass sees it.
    if (code !== 'ENOENT' && code !== 'EISDIR') throw unwritable(joinBytes(shown, name), error);
  }
}

/** Opens a directory and makes sure that its owner may empty it. */
async function openForRemoval(place: Buffer): Promise<FileHandle> {
  const handle = await open(place as unknown as string, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  try {
    const self = `/proc/self/fd/${handle.fd}`;
    const { mode } = await handle.stat();
    if ((mode & OWNER_MAY_ALL) !== OWNER_MAY_ALL) await chmod(self, OWNER_MAY_ALL);
    return await open(`${self}/.`, O_RDONLY | O_DIRECTORY);
  } finally {
    await handle.close();
  }
}

function notKnown(shown: Buffer): EngineError {
  return tamperedWith(displayPath(shown), 'which was to be removed, is not the one that the service put there');
}

function mounted(shown: Buffer): EngineError {
  const message = `"${displayPath(shown)}" is on another file system: something is mounted there. Unmount it, then remove it.`;
  return new EngineError('filestore-unwritable', message);
}
