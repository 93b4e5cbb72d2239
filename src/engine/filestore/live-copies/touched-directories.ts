import { chmod, type FileHandle, lstat } from 'node:fs/promises';
import { errnoOf } from '../../../vault/errno.js';
import { setMtime } from '../libc.js';
import { withPath } from '../paths/long-path.js';
import type { Scanned } from '../scan/scanned-entry.js';
import { PRIVATE } from '../staging/tree-builder.js';

/** Directories that are there and get something put into them: they are to stay as they are. */
export class TouchedDirectories {
  private readonly found = new Map<string, Pick<Scanned, 'mode' | 'mtimeNs'>>();

  constructor(private readonly handle: FileHandle) {}

  has(path: Buffer): boolean {
    return this.found.has(path.toString('latin1'));
  }

  /** Makes sure that one can be written to. */
  async open(path: Buffer): Promise<void> {
    const key = path.toString('latin1');
    if (this.found.has(key)) return;
    await this.at(path, async (at) => {
      const { mode, mtimeNs } = await lstat(at, { bigint: true });
      this.found.set(key, { mode: Number(mode) & 0o7777, mtimeNs });
      await chmod(at, (Number(mode) & 0o7777) | PRIVATE);
    }).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
  }

  async finish(): Promise<void> {
    for (const [key, { mode, mtimeNs }] of [...this.found].toReversed()) {
      await this.at(Buffer.from(key, 'latin1'), async (at) => {
        await chmod(at, mode);
        setMtime(at, mtimeNs);
      }).catch((error: unknown) => {
        if (errnoOf(error) !== 'ENOENT') throw error;
      });
    }
  }

  private at(path: Buffer, work: (at: Buffer) => Promise<void>): Promise<void> {
    return withPath(this.handle, path.length === 0 ? Buffer.from('.') : path, work);
  }
}
