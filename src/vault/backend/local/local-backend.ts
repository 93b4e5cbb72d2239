import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import type { Backend, ByteRange, ListedObject, ObjectFacts, ObjectFile, ObjectSource } from '../backend.js';
import { backendErrors } from '../backend-error.js';
import { isAbsent, toLocalError } from './local-errors.js';
import { errnoOf } from '../../errno.js';
import { LocalIncoming } from './local-incoming.js';
import { listObjects } from './local-listing.js';
import { LocalRoot, type OpenDirectory } from './local-root.js';
import { checkKey, checkPrefix } from '../object-key.js';
import { ReadOnlyBackend } from '../wrappers/read-only-backend.js';
import { checkRange, exactly, sourceOf } from '../object-source.js';

const STREAM_BUFFER_BYTES = 256 * 1024;

/** A temporary file nobody has written to for so long is a dead process's. */
const STALE_MS = 60 * 60_000;

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Objects as files below a directory, one a key, on a file system with hard links. Beside them lies
 * `+incoming`, where objects are written before they get their names.
 */
export class LocalBackend implements Backend {
  readonly locks = null;

  private constructor(private readonly root: LocalRoot) {}

  /**
   * Opens the directory, which is created (mode 0700) when it is not there, and removes what dead processes have left.
   * Rejects with `BackendError('denied' | 'disk-full' | 'unavailable')`.
   */
  static async open(directory: string): Promise<LocalBackend> {
    try {
      const backend = new LocalBackend(await LocalRoot.open(directory));
      const incoming = backend.incoming('its temporary files');
      await incoming.prepare();
      await incoming.removeOlder(new Date((await incoming.now()).getTime() - STALE_MS));
      return backend;
    } catch (error) {
      throw toLocalError(directory, 'its temporary files', error);
    }
  }

  /** A directory that is there and may be one that nobody can write to, such as a mounted copy. Rejects as `open()` does. */
  static async openForReading(directory: string): Promise<Backend> {
    try {
      return new ReadOnlyBackend(new LocalBackend(await LocalRoot.open(directory)));
    } catch (error) {
      throw toLocalError(directory, 'the vault', error);
    }
  }

  async put(key: string, object: ObjectSource): Promise<void> {
    const { parts, name } = partsOf(key);
    await this.incoming(key).write(exactly(object), (file) =>
      this.placing(key, parts, async (directory) => {
        try {
          await link(file, directory.path(name));
        } catch (error) {
          if (errnoOf(error) !== 'EEXIST') throw error;
          const there = await lstat(directory.path(name));
          if (!there.isFile()) throw backendErrors.clash(key, error);
          if (there.size !== object.bytes) throw backendErrors.exists(key, there.size, object.bytes);
        }
      }),
    );
  }

  async replace(key: string, bytes: Buffer): Promise<void> {
    const { parts, name } = partsOf(key);
    await this.incoming(key).write(sourceOf(bytes).open(), (file) =>
      this.placing(key, parts, (directory) => rename(file, directory.path(name))),
    );
  }

  async read(key: string, range?: ByteRange): Promise<Buffer> {
    if (range !== undefined) checkRange(range);
    return await this.reading(key, async (handle, size) => {
      const { offset, bytes } = range ?? { offset: 0, bytes: size };
      if (offset + bytes > size) throw backendErrors.truncated(key, bytes, Math.max(0, size - offset));
      const buffer = Buffer.allocUnsafeSlow(bytes);
      const filled = await readFully(handle, buffer, offset);
      if (filled < bytes) throw backendErrors.truncated(key, bytes, filled);
      return buffer;
    });
  }

  async openFile(key: string): Promise<ObjectFile> {
    const { handle } = await this.onDisk(key, this.openObject(key));
    return { fd: handle.fd, close: () => handle.close() };
  }

  async *stream(key: string, offset = 0): AsyncGenerator<Buffer> {
    checkRange({ offset, bytes: 0 });
    const { handle, size } = await this.onDisk(key, this.openObject(key));
    try {
      if (offset > size) throw backendErrors.truncated(key, offset, size);
      for (let at = offset; at < size;) {
        const buffer = Buffer.allocUnsafeSlow(Math.min(STREAM_BUFFER_BYTES, size - at));
        const filled = await this.onDisk(key, readFully(handle, buffer, at));
        if (filled < buffer.length) throw backendErrors.truncated(key, size - offset, at + filled - offset);
        at += filled;
        yield buffer;
      }
    } finally {
      await handle.close();
    }
  }

  async stat(key: string): Promise<ObjectFacts | null> {
    const { parts, name } = partsOf(key);
    const facts = this.root.within(parts, async (directory) => {
      const stats = await lstat(directory.path(name));
      return stats.isFile() ? { bytes: stats.size, modifiedAt: stats.mtime } : null;
    });
    return await this.onDisk(key, this.unlessAbsent(facts, null));
  }

  async *list(prefix: string, after = ''): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    if (after !== '') checkKey(after);
    try {
      yield* listObjects(this.root, prefix, after);
    } catch (error) {
      throw toLocalError(this.root.path, `listing "${prefix}"`, error);
    }
  }

  async delete(keys: readonly string[]): Promise<readonly []> {
    const byDirectory = Map.groupBy(keys.map(partsOf), ({ parts }) => parts.join('/'));
    for (const [directory, objects] of byDirectory) {
      const work = this.root.within(objects[0]?.parts ?? [], async (opened) => {
        for (const { name } of objects) await this.unlessAbsent(unlink(opened.path(name)), undefined);
        await opened.sync();
      });
      await this.onDisk(`${directory}/…`, this.unlessAbsent(work, undefined));
    }
    return [];
  }

  async removeUnfinished(olderThan: Date): Promise<number> {
    return await this.onDisk('its temporary files', this.incoming('').removeOlder(olderThan));
  }

  private incoming(key: string): LocalIncoming {
    return new LocalIncoming(this.root, (work) => this.onDisk(key, this.unlessRootGone(key, work)));
  }

  /** Gives a finished file its name in the directory of the key, and makes that name durable. */
  private async placing(
    key: string,
    parts: string[],
    place: (directory: OpenDirectory) => Promise<void>,
  ): Promise<void> {
    const work = async () => {
      await this.root.makeDirectory(parts);
      await this.root.within(parts, async (directory) => {
        await place(directory);
        // Also when the object was there: whoever stored it may not have come to this line.
        await directory.sync();
      });
    };
    await this.onDisk(key, this.unlessRootGone(key, work()));
  }

  private async reading<T>(key: string, work: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
    const { handle, size } = await this.onDisk(key, this.openObject(key));
    try {
      return await this.onDisk(key, work(handle, size));
    } finally {
      await handle.close();
    }
  }

  private async openObject(key: string): Promise<{ handle: FileHandle; size: number }> {
    const { parts, name } = partsOf(key);
    const handle = await this.unlessAbsent(
      this.root.within(parts, (directory) => open(directory.path(name), READ_FLAGS)),
      undefined,
    );
    if (handle === undefined) throw backendErrors.missing(key);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw backendErrors.missing(key);
      return { handle, size: stats.size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** What the work resolves to, or `otherwise` when what it is about is not there although the root is. */
  private async unlessAbsent<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
    try {
      return await work;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      await this.root.confirm();
      return otherwise;
    }
  }

  /** For writing, where something absent is never an answer: the root is gone, or a directory or a file in it was removed. */
  private async unlessRootGone<T>(key: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      await this.root.confirm();
      if (errnoOf(error) === 'ENOTDIR') throw backendErrors.clash(key, error);
      this.root.forget();
      throw backendErrors.vanished(this.root.path, error);
    }
  }

  private async onDisk<T>(key: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw toLocalError(this.root.path, key, error);
    }
  }
}

function partsOf(key: string): { parts: string[]; name: string } {
  checkKey(key);
  const parts = key.split('/');
  return { parts, name: parts.pop() ?? '' };
}

/** Fills the buffer as far as the file goes. Resolves to the number of bytes. */
async function readFully(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
