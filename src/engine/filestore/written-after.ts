import { lstat } from 'node:fs/promises';
import { displayPath } from './encoded-path.js';
import { joinBytes, readDirectory } from './read-directory.js';

export interface WrittenAfter {
  /** Paths relative to the directory, in no particular order. */
  paths: string[];
  /** Whether all of the directory was looked at, so that there are no more. */
  complete: boolean;
}

/**
 * Looks for what was made, changed, renamed or removed below a directory after a moment: by the times
 * of files, and of directories for what is gone. The directory itself does not count. What disappears
 * while it is being looked at is passed over. Stops after `limit` finds, and after `budgetMs`.
 */
export async function writtenAfter(
  directory: string,
  moment: Date,
  options: { limit: number; budgetMs: number },
): Promise<WrittenAfter> {
  const deadline = performance.now() + options.budgetMs;
  const paths: string[] = [];
  const todo: Buffer[] = [Buffer.alloc(0)];
  for (let below = todo.pop(); below !== undefined; below = todo.pop()) {
    for (const name of await namesIn(Buffer.from(directory), below)) {
      if (performance.now() > deadline) return { paths, complete: false };
      const path = joinBytes(below, name);
      const stats = await lstat(joinBytes(Buffer.from(directory), path)).catch(() => undefined);
      if (stats === undefined) continue;
      if (stats.isDirectory()) todo.push(path);
      // Not the time of the last change alone: programs set that as they like.
      if (Math.max(stats.mtimeMs, stats.ctimeMs) > moment.getTime()) paths.push(displayPath(path));
      if (paths.length >= options.limit) return { paths, complete: false };
    }
  }
  return { paths, complete: true };
}

async function namesIn(root: Buffer, below: Buffer): Promise<Buffer[]> {
  const names: Buffer[] = [];
  try {
    for await (const { name } of readDirectory(joinBytes(root, below))) names.push(name);
  } catch {
    // Gone, or not ours to read: what cannot be looked at cannot be reported.
  }
  return names;
}
