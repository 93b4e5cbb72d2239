import { closeSync, constants, readlinkSync, type BigIntStats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { EngineError } from '../../engine-error.js';
import { displayPath } from './encoded-path.js';
import { adviceFor, reasonOf, unreadablePath } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';
import { isTooLongToTell, openParent, within, withinFd } from './long-path.js';
import { joinBytes, splitBytes } from './read-directory.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** How often an open may land on something that was being moved before it counts as gone. */
export const OPEN_ATTEMPTS = 5;

/** What the kernel says when the last name of a path is no longer of the kind that was asked for. */
export const OTHER_KIND: ReadonlySet<string> = new Set(['ELOOP', 'ENOTDIR', 'ENXIO']);

/** `gone`: nothing is there (any more). `replaced`: something of another kind is. */
export type OpenOutcome = { handle: FileHandle; stats: BigIntStats } | 'gone' | 'replaced';

/**
 * A directory that is held open, and everything that is opened below it without ever leaving it.
 *
 * The owner of a filestore may be less trusted than this process and may swap a directory for a
 * symbolic link between two of our calls, so that a path that was fine a moment ago leads to
 * /etc/shadow. O_NOFOLLOW guards only the last name of a path. So each thing is opened first and then
 * the kernel is asked where it lies (`/proc/self/fd`): what lies elsewhere is not read. Where a path is too long for that
 * it is gone down name by name, without following links.
 */
export class TreeRoot {
  private constructor(
    /** As given: where the directory was when it was opened. */
    readonly path: Buffer,
    private readonly handle: FileHandle,
    readonly stats: BigIntStats,
    /** Nobody else can change what is below: where it lies need not be asked. */
    private readonly isOurs = false,
  ) {}

  /**
   * Opens a directory by its real path. Rejects with `EngineError('filestore-missing' |
   * 'filestore-not-a-directory' | 'filestore-unreadable')`, also when a symbolic link is on the way: the
   * path that was checked must be the path that is used.
   */
  static async open(root: string | Buffer): Promise<TreeRoot> {
    const path = withoutTrailingSlashes(Buffer.from(root));
    const handle = await openRoot(path);
    try {
      if (!whereIs(handle.fd).equals(path)) throw notReal(path);
      return new TreeRoot(path, handle, await handle.stat({ bigint: true }));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Opens a directory in which nobody else can change anything, by a path through a handle. Rejects as `open` does. */
  static async openOurs(at: Buffer, path: string): Promise<TreeRoot> {
    const handle = await openRoot(at, O_NOFOLLOW);
    return new TreeRoot(Buffer.from(path), handle, await handle.stat({ bigint: true }), true);
  }

  /** For those who open things below the root themselves, on another thread; see `liesAt`. Valid until `close()`. */
  get fd(): number {
    return this.handle.fd;
  }

  /** Opens a directory below the root; the empty path is the root itself. */
  openDirectory(relative: Buffer): Promise<OpenOutcome> {
    return this.openBelow(relative, O_DIRECTORY);
  }

  /** Opens a regular file below the root. A fifo that took its place does not make this wait. */
  async openFile(relative: Buffer): Promise<OpenOutcome> {
    const opened = await this.openBelow(relative, O_NONBLOCK);
    if (typeof opened === 'string' || opened.stats.isFile()) return opened;
    await opened.handle.close();
    return 'replaced';
  }

  /** Works in the directory that contains a path; undefined when that directory is gone. */
  async inParent<T>(relative: Buffer, work: (parent: FileHandle, name: Buffer) => Promise<T>): Promise<T | undefined> {
    const { directory, name } = splitBytes(relative);
    const opened = await this.openDirectory(directory);
    if (typeof opened === 'string') return undefined;
    try {
      return await work(opened.handle, name);
    } finally {
      await opened.handle.close();
    }
  }

  /**
   * Rejects with `EngineError('filestore-missing')` when the root's path no longer names the directory
   * that was opened. Without this, a root moved away in the middle would look like one whose files
   * were all deleted, and an almost empty snapshot like a good one.
   */
  async confirm(): Promise<void> {
    const now = await lstat(this.path, { bigint: true }).catch(() => undefined);
    if (now?.ino === this.stats.ino && now.dev === this.stats.dev) return;
    throw new EngineError(
      'filestore-missing',
      `The directory "${displayPath(this.path)}" was moved, replaced or removed while it was read.`,
    );
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async openAt(relative: Buffer, flags: number): Promise<FileHandle> {
    if (isTooLongToTell(this.path, relative)) {
      const parent = openParent(this.handle.fd, relative);
      try {
        return await open(withinFd(parent, splitBytes(relative).name) as unknown as string, flags);
      } finally {
        closeSync(parent);
      }
    }
    // "." because the entry in /proc/self/fd is itself a symbolic link.
    const path = within(this.handle, relative.length === 0 ? Buffer.from('.') : relative);
    return open(path as unknown as string, flags);
  }

  private async openBelow(relative: Buffer, flags: number): Promise<OpenOutcome> {
    for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt += 1) {
      let handle: FileHandle | undefined;
      try {
        handle = await this.openAt(relative, O_RDONLY | O_NOFOLLOW | flags);
        // The kernel does not tell long ones, and those are opened name by name, so that there is nothing to ask.
        const isBelow = this.isOurs || isTooLongToTell(this.path, relative) || liesAt(handle.fd, this.path, relative);
        if (isBelow) return { handle, stats: await handle.stat({ bigint: true }) };
        await handle.close();
      } catch (error) {
        await handle?.close();
        const code = errnoOf(error);
        if (code === 'ENOENT') return 'gone';
        if (code !== undefined && OTHER_KIND.has(code)) return 'replaced';
        throw unreadablePath(relative, error);
      }
    }
    return 'gone';
  }
}

/** Whether an open file lies where it was looked for. Removed since is fine: its content is still whole. */
export function liesAt(fd: number, root: Buffer, relative: Buffer): boolean {
  const where = whereIs(fd);
  const expected = relative.length === 0 ? root : joinBytes(root, relative);
  return where.equals(expected) || where.equals(Buffer.concat([expected, Buffer.from(' (deleted)')]));
}

/** Synchronous on purpose: /proc answers from memory, faster than a thread could be asked. */
function whereIs(fd: number): Buffer {
  return readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' });
}

async function openRoot(path: Buffer, flags = 0): Promise<FileHandle> {
  try {
    return await open(path as unknown as string, O_RDONLY | O_DIRECTORY | flags);
  } catch (error) {
    const shown = displayPath(path);
    switch (errnoOf(error)) {
      case 'ENOENT':
        throw new EngineError('filestore-missing', `The directory "${shown}" does not exist.`, { cause: error });
      case 'ENOTDIR':
        throw new EngineError('filestore-not-a-directory', `"${shown}" is not a directory.`, { cause: error });
      default:
        throw new EngineError(
          'filestore-unreadable',
          `Cannot read the directory "${shown}": ${reasonOf(error)}. ${adviceFor(path, error)}`,
          { cause: error },
        );
    }
  }
}

function notReal(path: Buffer): EngineError {
  return new EngineError(
    'filestore-missing',
    `"${displayPath(path)}" is reached through a symbolic link, or is not written in its shortest form; give the directory's real path.`,
  );
}

function withoutTrailingSlashes(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === 0x2f) end -= 1;
  return path.subarray(0, end);
}
