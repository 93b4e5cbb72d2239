import { lstat } from 'node:fs/promises';
import { EngineError } from '../engine-error.js';
import { exchangeDirectories } from '../filestore/exchange.js';

/**
 * The live directory and the one that replaces it, told apart by inode: after a failure only that says
 * which of them bears the live name.
 */
export class DirectoryPair {
  private constructor(
    private readonly livePath: string,
    private readonly stagedPath: string,
    private readonly liveInode: string,
    private readonly stagedInode: string,
  ) {}

  /** Both must be there, as real directories. Rejects with `EngineError('filestore-missing')`. */
  static async of(paths: { livePath: string; stagedPath: string }): Promise<DirectoryPair> {
    const { livePath, stagedPath } = paths;
    return new DirectoryPair(livePath, stagedPath, await inodeOf(livePath), await inodeOf(stagedPath));
  }

  /** See `exchangeDirectories`. */
  async exchange(): Promise<void> {
    await exchangeDirectories(this.livePath, this.stagedPath);
  }

  /** Which of the two bears the live name now. Rejects with `EngineError('filestore-missing')` when neither does. */
  async live(): Promise<'old' | 'new'> {
    const inode = await inodeOf(this.livePath);
    if (inode === this.liveInode) return 'old';
    if (inode === this.stagedInode) return 'new';
    throw new EngineError('filestore-missing', `"${this.livePath}" is a directory that nobody here put there.`);
  }
}

async function inodeOf(path: string): Promise<string> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (stats.isDirectory()) return `${stats.dev}:${stats.ino}`;
  } catch (error) {
    throw new EngineError('filestore-missing', `The directory "${path}" is not there.`, { cause: error });
  }
  throw new EngineError('filestore-missing', `"${path}" is not a directory.`);
}
