import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BLOCK_BYTES = 4096;

/** A file system of its own, in memory, that can be filled to its last block. */
export class SmallDisk {
  private constructor(readonly directory: string) {}

  /** Makes the directory and mounts it; `undefined` where this user may not mount. Whoever has it calls `unmount()`. */
  static async mount(directory: string, mebibytes: number): Promise<SmallDisk | undefined> {
    await mkdir(directory, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'tmpfs', directory]);
    } catch {
      return undefined;
    }
    return new SmallDisk(directory);
  }

  async fill(): Promise<void> {
    const file = await open(this.filler, 'a');
    try {
      for (const bytes of [Buffer.alloc(256 * BLOCK_BYTES, 1), Buffer.alloc(BLOCK_BYTES, 1)]) {
        while ((await file.write(bytes)).bytesWritten === bytes.length);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  /** Takes back what `fill` has written. */
  async free(): Promise<void> {
    await rm(this.filler, { force: true });
  }

  /** Whoever still has a file open there keeps it until he closes it. */
  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.directory]);
  }

  private get filler(): string {
    return join(this.directory, 'filler');
  }
}
