import { closeSync, constants, openSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { splitBytes } from './read-directory.js';

const { O_DIRECTORY, O_NOFOLLOW } = constants;
/** Opens a directory as a place to go on from, whether it may be read or not; Node has no name for it. */
const O_PATH = 0o10000000;

const SLASH = 0x2f;

/** What a path may have at the most that is given to the system or asked of it, without the NUL at its end. */
const LONGEST_PATH_BYTES = 4095;
/** `/proc/self/fd/`, a descriptor, and a slash behind it. */
const WITHIN_BYTES = 25;
/** What the kernel adds to the path of something that was removed. */
const DELETED_BYTES = ' (deleted)'.length;

/** A path to something in an open directory, by its descriptor: wherever that directory is moved meanwhile, and however long its own path is. */
export function withinFd(fd: number, name: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), name]);
}

/** The same, while the directory's handle is open. */
export function within(directory: FileHandle, name: Buffer): Buffer {
  return withinFd(directory.fd, name);
}

/** Whether a relative path is too long for one system call below an open directory. */
export function isTooLong(relative: Uint8Array): boolean {
  return relative.length + WITHIN_BYTES > LONGEST_PATH_BYTES;
}

/** Whether the kernel could not say where something lies, below a root with this path, that has this relative one. */
export function isTooLongToTell(root: Buffer, relative: Buffer): boolean {
  return root.length + 1 + relative.length + DELETED_BYTES > LONGEST_PATH_BYTES;
}

/**
 * Opens the directory that contains a path, which may be of any length, going down name by name; it can be used to go
 * on from and for nothing else. No symbolic link is followed, so that one never gets anywhere but below the directory one started from.
 * Blocks its thread, which is fine since such paths are rare. The caller closes it. Throws with an errno `code`: `ENOTDIR` for a link.
 */
export function openParent(fd: number, relative: Buffer): number {
  let at: number | undefined;
  try {
    for (const name of namesOf(splitBytes(relative).directory)) {
      const next = openSync(withinFd(at ?? fd, name), O_PATH | O_DIRECTORY | O_NOFOLLOW);
      if (at !== undefined) closeSync(at);
      at = next;
    }
    return at ?? openSync(withinFd(fd, Buffer.from('.')), O_PATH | O_DIRECTORY);
  } catch (error) {
    if (at !== undefined) closeSync(at);
    throw error;
  }
}

/** Does something with a path below an open directory that nobody else changes, whatever its length is. */
export async function withPath<T>(
  directory: FileHandle,
  relative: Buffer,
  work: (path: Buffer) => Promise<T>,
): Promise<T> {
  if (!isTooLong(relative)) return work(within(directory, relative));
  const parent = openParent(directory.fd, relative);
  try {
    return await work(withinFd(parent, splitBytes(relative).name));
  } finally {
    closeSync(parent);
  }
}

function* namesOf(path: Buffer): Generator<Buffer> {
  for (let start = 0; start < path.length;) {
    const slash = path.indexOf(SLASH, start);
    const end = slash === -1 ? path.length : slash;
    yield path.subarray(start, end);
    start = end + 1;
  }
}
