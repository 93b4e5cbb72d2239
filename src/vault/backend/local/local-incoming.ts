import { randomUUID } from 'node:crypto';
import { lstat, open, opendir, unlink } from 'node:fs/promises';
import { isAbsent } from './local-errors.js';
import { FILE_MODE, type LocalRoot } from './local-root.js';

/** No key can have this name: "+" is no character of keys. */
const INCOMING = '+incoming';

/** Of a temporary file: a random UUID. */
const OWN_NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The temporary files of a local backend: one directory on the same file system, from which whole files are
 * linked or renamed to their keys.
 */
export class LocalIncoming {
  constructor(
    private readonly root: LocalRoot,
    private readonly onDisk: <T>(work: Promise<T>) => Promise<T>,
  ) {}

  async prepare(): Promise<void> {
    await this.root.makeDirectory([INCOMING]);
  }

  /**
   * Writes the bytes to a temporary file, durably, hands its path to `publish` and removes what is left of it. Errors
   * of the source are thrown as they are; what the system says passes through `onDisk`.
   */
  async write(source: AsyncIterable<Buffer>, publish: (file: string) => Promise<void>): Promise<void> {
    const incoming = await this.onDisk(this.root.openDirectory([INCOMING]));
    const file = incoming.path(randomUUID());
    try {
      const handle = await this.onDisk(open(file, 'wx', FILE_MODE));
      try {
        // writeFile, not write: it goes on after a short write, so that a full disk is an error and not a short file.
        for await (const buffer of source) await this.onDisk(handle.writeFile(buffer));
        await this.onDisk(handle.sync());
      } finally {
        await handle.close();
      }
      await publish(file);
    } finally {
      // A rename has taken it away already; a process that dies here leaves it to removeOlder().
      await unlink(file).catch(() => undefined);
      await incoming.handle.close();
    }
  }

  /** The time by the clock of the file system, which dates its files: another machine may have it. */
  async now(): Promise<Date> {
    return await this.root.within([INCOMING], async (incoming) => {
      const file = incoming.path(randomUUID());
      const handle = await open(file, 'wx', FILE_MODE);
      try {
        return (await handle.stat()).mtime;
      } finally {
        await handle.close();
        await unlink(file).catch(() => undefined);
      }
    });
  }

  /**
   * Removes the files that were last written to before a time, by the clock of the file system, and have a name as `write()` gives: their
   * writers are dead. Resolves to their number.
   */
  async removeOlder(than: Date): Promise<number> {
    return await this.root.within([INCOMING], async (incoming) => {
      let removed = 0;
      for await (const { name } of await opendir(incoming.path())) {
        if (!OWN_NAME.test(name)) continue;
        try {
          const stats = await lstat(incoming.path(name));
          if (!stats.isFile() || stats.mtime >= than) continue;
          await unlink(incoming.path(name));
          removed += 1;
        } catch (error) {
          // Published or removed by somebody else in this moment.
          if (!isAbsent(error)) throw error;
        }
      }
      return removed;
    });
  }
}
