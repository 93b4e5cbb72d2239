import { constants, readlinkSync } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { BackendError } from '../backend-error.js';
import { errnoOf } from '../../errno.js';

const { O_RDONLY, O_DIRECTORY } = constants;

/** Content of databases lies in these files: nobody but the service's own user reads them. */
export const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** How many directories are remembered as durable. Forgetting one costs a call of fsync, nothing else. */
const MAX_REMEMBERED = 10_000;

/**
 * The directory that holds a local backend, and the only way to the directories below it. Each is opened
 * first; then the kernel is asked where the opened one lies. One that lies elsewhere, because somebody put a symbolic
 * link in its place, is not used.
 */
export class LocalRoot {
  private readonly durable = new Set<string>();

  private constructor(
    /** The real path, without symbolic links. */
    readonly path: string,
    private readonly device: bigint,
    private readonly inode: bigint,
  ) {}

  /** Opens the directory, which is created when it is not there. A symbolic link that leads to it is followed, once. */
  static async open(path: string): Promise<LocalRoot> {
    await makeRoot(path);
    const real = await realpath(path);
    const { dev, ino } = await stat(real, { bigint: true });
    return new LocalRoot(real, dev, ino);
  }

  /**
   * Works in a directory below the root (parts of a key, without slashes). `path(name)` names something in the
   * directory that was opened, wherever it is moved meanwhile. Errors of the system are thrown as they are.
   */
  async within<T>(parts: readonly string[], work: (directory: OpenDirectory) => Promise<T>): Promise<T> {
    const opened = await this.openDirectory(parts);
    try {
      return await work(opened);
    } finally {
      await opened.handle.close();
    }
  }

  /** The same without closing: whoever asks closes the handle. */
  async openDirectory(parts: readonly string[]): Promise<OpenDirectory> {
    const path = join(this.path, ...parts);
    // Links are followed, so that one is found out below: with O_NOFOLLOW the last of them looks like nothing at all.
    const handle = await open(path, O_RDONLY | O_DIRECTORY);
    try {
      if ((await whereIs(handle, path)) !== path) throw this.outside(parts);
      return new OpenDirectory(handle, path);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Sees to it that a directory below the root is there and survives a power cut. Not `mkdir -p`: a root that
   * is gone, because its disk is not mounted, is not made anew on another one.
   */
  async makeDirectory(parts: readonly string[]): Promise<void> {
    const name = parts.join('/');
    const last = parts.at(-1);
    if (last === undefined || this.durable.has(name)) return;
    const above = parts.slice(0, -1);
    await this.makeDirectory(above);
    await this.within(above, async (parent) => {
      await mkdir(parent.path(last), { mode: DIRECTORY_MODE }).catch((error: unknown) => {
        if (errnoOf(error) !== 'EEXIST') throw error;
      });
      // Also when another process has made it: that one may be killed before it gets to this line.
      await parent.sync();
    });
    if (this.durable.size >= MAX_REMEMBERED) this.durable.clear();
    this.durable.add(name);
  }

  /** Forgets which directories are durable: one of them was removed behind our back. */
  forget(): void {
    this.durable.clear();
  }

  /**
   * Rejects with `BackendError('unavailable')` when the root's path names another directory than it did, or none.
   * Without this the empty mount point of a disk that is not mounted looks like a store that lost everything.
   */
  async confirm(): Promise<void> {
    const now = await stat(this.path, { bigint: true }).catch(() => undefined);
    if (now?.dev === this.device && now.ino === this.inode) return;
    throw new BackendError(
      'unavailable',
      `${this.path} is no longer the directory it was when it was opened. Check that its disk is mounted, and restart.`,
    );
  }

  private outside(parts: readonly string[]): BackendError {
    return new BackendError(
      'denied',
      `${parts.join('/')} below ${this.path} leads out of it, through a symbolic link. Replace the link by a directory.`,
    );
  }
}

/** A directory that is held open. */
export class OpenDirectory {
  constructor(
    readonly handle: FileHandle,
    private readonly realPath: string,
  ) {}

  /** The path to a name in it; without a name, to itself. */
  path(name = '.'): string {
    return onLinux ? `/proc/self/fd/${this.handle.fd}/${name}` : join(this.realPath, name);
  }

  /** Makes the names in it survive a power cut. */
  async sync(): Promise<void> {
    await this.handle.sync();
  }
}

const onLinux = process.platform === 'linux';

/** Elsewhere than on Linux a directory swapped between two calls is not noticed; one swapped before is. */
async function whereIs(handle: FileHandle, path: string): Promise<string> {
  // Synchronous on purpose: /proc answers from memory, faster than a thread could be asked.
  return onLinux ? readlinkSync(`/proc/self/fd/${handle.fd}`) : await realpath(path);
}

/** Creates a directory and its missing parents, durably. One that is there already is no error. */
async function makeRoot(path: string): Promise<void> {
  const firstCreated = await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  if (firstCreated === undefined) return;
  let parent = dirname(firstCreated);
  for (const name of relative(parent, path).split(sep)) {
    const handle = await open(parent, O_RDONLY | O_DIRECTORY);
    await handle.sync().finally(() => handle.close());
    parent = join(parent, name);
  }
}
