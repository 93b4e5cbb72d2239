import { type BigIntStats, fstatSync, fsync } from 'node:fs';
import { lstat, mkdir, rename, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { EngineError } from '../../engine-error.js';
import { displayPath } from './encoded-path.js';
import { isEnclosure } from './enclosure.js';
import { unwritable } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';
import { withinFd } from './long-path.js';
import { readDirectory } from './read-directory.js';
import { TreeRoot } from './tree-root.js';

const PRIVATE = 0o700;
const MODE_BITS = 0o777;

/** A directory, open for reading. */
interface Open {
  fd: number;
  close(): Promise<void>;
}

/**
 * A name in a directory that is held open. Whoever may write beside a filestore can lead a path elsewhere between two of our calls;
 * this name is used through the handle, and goes on being in the directory that was looked at. Where that directory
 * is an enclosure it must be ours alone. Closed by whoever opened it.
 */
export class HeldPath {
  /** A path through the handle; valid until `close()`. */
  readonly at: Buffer;

  private constructor(
    /** As it was asked for: for people, and for what is written down. */
    readonly path: string,
    /** What holds the enclosure, if the directory is one. */
    private readonly outside: Open | undefined,
    private readonly directory: Open,
  ) {
    this.at = this.sibling(basename(path));
  }

  /**
   * Holds the directory that contains this path, which must be a real one, without links; undefined when there is no such
   * directory. Rejects with `EngineError('filestore-tampered')` for an enclosure that is not ours alone, or
   * `'filestore-unreadable'`.
   */
  static async hold(path: string): Promise<HeldPath | undefined> {
    const container = dirname(path);
    if (!isEnclosure(container)) {
      const directory = await openIfThere(container);
      return directory && new HeldPath(path, undefined, directory);
    }
    const outside = await openIfThere(dirname(container));
    if (outside === undefined) return undefined;
    return closingOnFailure(outside, async () => {
      const directory = await enter(outside, container);
      if (directory === undefined) await outside.close();
      return directory && new HeldPath(path, outside, directory);
    });
  }

  /**
   * Makes the enclosure that is to contain this path, and holds it; one that is there must be ours, and empty. Rejects with
   * `EngineError('filestore-tampered' | 'filestore-missing' | 'filestore-unwritable' | 'disk-full')`.
   */
  static async make(path: string): Promise<HeldPath> {
    const container = dirname(path);
    if (!isEnclosure(container)) throw new TypeError(`"${container}" is no name of an enclosure.`);
    const outside = await TreeRoot.open(dirname(container));
    return closingOnFailure(outside, async () => {
      await mkdir(withinRoot(outside, container), { mode: PRIVATE }).catch((error: unknown) => {
        if (errnoOf(error) !== 'EEXIST') throw unwritable(Buffer.from(container), error);
      });
      const directory = await enter(outside, container);
      if (directory === undefined) throw tampered(container, 'was moved away');
      return closingOnFailure(directory, async () => {
        for await (const entry of readDirectory(`/proc/self/fd/${directory.fd}`))
          throw tampered(container, `contains "${displayPath(entry.name)}" before anything was put there`);
        return new HeldPath(path, outside, directory);
      });
    });
  }

  /** Whether nobody but this user can change what is there. */
  get isOurs(): boolean {
    return this.outside !== undefined;
  }

  /** Another name in the same directory, through the handle. */
  sibling(name: string): Buffer {
    return withinFd(this.directory.fd, Buffer.from(name));
  }

  /** A name beside the enclosure, through the handle; undefined where there is none. */
  besideEnclosure(name: Buffer): Buffer | undefined {
    return this.outside && withinFd(this.outside.fd, name);
  }

  /** What is there, or at a sibling, a link as a link. Undefined when nothing is. */
  async look(at = this.at): Promise<BigIntStats | undefined> {
    return lookAt(at);
  }

  /** The number of the file system on which the directory lies. */
  device(): bigint {
    return fstatSync(this.directory.fd, { bigint: true }).dev;
  }

  /** Makes renames, creations and removals in the directory survive a power cut. Rejects with an errno `code`. */
  async sync(): Promise<void> {
    await promisify(fsync)(this.directory.fd);
  }

  /** Closes it, and removes the enclosure when that is empty now. */
  async closeAndTidy(): Promise<void> {
    try {
      if (this.outside) await rmdir(withinRoot(this.outside, dirname(this.path))).catch(() => undefined);
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.directory.close();
    await this.outside?.close();
  }
}

/** What a path through a handle names, a link as a link. Undefined when nothing is there. Rejects with an errno `code`. */
export async function lookAt(at: Buffer): Promise<BigIntStats | undefined> {
  return lstat(at, { bigint: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/** Gives a directory another name beside its own, for good: it survives a power cut. Rejects with an errno `code`. */
export async function renameInPlace(from: string, to: string): Promise<void> {
  if (dirname(from) !== dirname(to)) throw new TypeError(`"${from}" and "${to}" are in two directories.`);
  const held = await HeldPath.hold(from);
  if (held === undefined) throw Object.assign(new Error(`ENOENT: "${from}" is not there`), { code: 'ENOENT' });
  try {
    await rename(held.at, held.sibling(basename(to)));
    await held.sync();
  } finally {
    await held.close();
  }
}

async function openIfThere(path: string): Promise<TreeRoot | undefined> {
  return TreeRoot.open(path).catch((error: unknown) => {
    // Not what is there, and reached through a link.
    if (error instanceof EngineError && errnoOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  });
}

/** Undefined when nothing is there. */
async function enter(outside: TreeRoot, container: string): Promise<Open | undefined> {
  const opened = await outside.openDirectory(Buffer.from(basename(container)));
  if (opened === 'gone') return undefined;
  if (opened === 'replaced') throw tampered(container, 'is not a directory');
  const { handle, stats } = opened;
  return closingOnFailure(handle, async () => {
    if (stats.uid !== BigInt(process.geteuid?.() ?? -1))
      throw tampered(container, "is not this worker's own, unless the file server makes root somebody else");
    if ((Number(stats.mode) & MODE_BITS) !== PRIVATE) throw tampered(container, 'is open to others');
    return handle;
  });
}

function withinRoot({ fd }: Open, container: string): Buffer {
  return withinFd(fd, Buffer.from(basename(container)));
}

async function closingOnFailure<T>(held: Open, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await held.close();
    throw error;
  }
}

function tampered(path: string, what: string): EngineError {
  return tamperedWith(path, `in which the service builds and keeps filestores, ${what}`);
}

/** `what`: a relative clause about the directory at this path. */
export function tamperedWith(path: string, what: string): EngineError {
  return new EngineError(
    'filestore-tampered',
    `The directory "${displayPath(Buffer.from(path))}", ${what}: somebody changes what lies beside the filestore. Find out who, and take the right to write there from them.`,
  );
}
