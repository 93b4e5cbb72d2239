import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { outsideOf } from '../paths/enclosure.js';
import { displayPath } from '../paths/encoded-path.js';
import { errnoOf } from '../../../vault/errno.js';
import { joinBytes, readDirectory } from '../paths/read-directory.js';
import { clockAheadMs } from './stamping-clock.js';
import { within } from '../paths/long-path.js';
import { TreeRoot } from '../paths/tree-root.js';

/** How many are looked at side by side. */
const AT_ONCE = 64;

export interface WrittenAfter {
  /** Paths relative to the directory, in no particular order. */
  paths: string[];
  /** Whether all of the directory was looked at and could be told, so that there are no more. */
  complete: boolean;
}

/** So much later than now nothing is stamped but by a clock that was set back since. */
const FUTURE_MS = 1_000;

/**
 * Looks for what was made, changed, renamed or removed below a directory after a moment: by the change times of files, and
 * of directories for what is gone. Those are the kernel's; the modification times are whatever people set them to.
 * The moment is of this machine's clock, the times are of the clock that stamps them, which may be a file server's; the difference
 * of both is measured, with a directory that is made and removed beside this one. The directory itself does not count. What disappears
 * while it is being looked at is passed over. Stops after `limit` finds, and after `budgetMs`. Never rejects.
 */
export async function writtenAfter(
  directory: string,
  moment: Date,
  options: { limit: number; budgetMs: number },
): Promise<WrittenAfter> {
  const tree = await TreeRoot.open(directory).catch(() => undefined);
  if (!tree) return { paths: [], complete: false };
  try {
    return await new Search(tree, moment.getTime(), await clockAheadMs(outsideOf(directory))).run(options);
  } finally {
    await tree.close();
  }
}

class Search {
  private readonly todo: Buffer[] = [Buffer.alloc(0)];
  private readonly paths: string[] = [];
  private complete = true;

  constructor(
    private readonly tree: TreeRoot,
    private readonly momentMs: number,
    private readonly aheadMs: number,
  ) {}

  async run({ limit, budgetMs }: { limit: number; budgetMs: number }): Promise<WrittenAfter> {
    const deadline = performance.now() + budgetMs;
    for (let below = this.todo.pop(); below !== undefined; below = this.todo.pop()) {
      for await (const [path, stats] of this.entriesOf(below)) {
        if (performance.now() > deadline) return { paths: this.paths, complete: false };
        if (stats.isDirectory()) this.todo.push(path);
        if (this.isLate(Number(stats.ctimeNs / 1_000n) / 1_000)) this.paths.push(displayPath(path));
        if (this.paths.length >= limit) return { paths: this.paths, complete: false };
      }
    }
    return { paths: this.paths, complete: this.complete };
  }

  private isLate(ctimeMs: number): boolean {
    if (ctimeMs <= this.momentMs + this.aheadMs) return false;
    if (ctimeMs <= Date.now() + this.aheadMs + FUTURE_MS) return true;
    this.complete = false;
    return false;
  }

  /** What lies directly in a directory. What cannot be looked at cannot be told, unless it is gone. */
  private async *entriesOf(below: Buffer): AsyncGenerator<[Buffer, BigIntStats]> {
    try {
      const opened = await this.tree.openDirectory(below);
      if (typeof opened === 'string') return;
      try {
        const look = async (name: Buffer): Promise<[Buffer, BigIntStats | undefined]> => {
          const stats = await lstat(within(opened.handle, name), { bigint: true }).catch((error: unknown) => {
            if (errnoOf(error) !== 'ENOENT') this.complete = false;
            return undefined;
          });
          return [joinBytes(below, name), stats];
        };
        for await (const names of inBatches(readDirectory(`/proc/self/fd/${opened.handle.fd}`))) {
          for (const [path, stats] of await Promise.all(names.map(look))) if (stats) yield [path, stats];
        }
      } finally {
        await opened.handle.close();
      }
    } catch {
      this.complete = false;
    }
  }
}

/** One after the other they would take as long as it takes to wait for each. */
async function* inBatches(entries: AsyncIterable<{ name: Buffer }>): AsyncGenerator<Buffer[]> {
  let names: Buffer[] = [];
  for await (const { name } of entries) {
    names.push(name);
    if (names.length < AT_ONCE) continue;
    yield names;
    names = [];
  }
  yield names;
}
