import { lstat, mkdtemp, rmdir } from 'node:fs/promises';
import { CLOCK_TICK_MS } from '../reading/file-state.js';
import { withinFd } from '../paths/long-path.js';
import { TreeRoot } from '../paths/tree-root.js';

/**
 * By how much the clock that stamps what is made in a directory is ahead of this machine's, in milliseconds; negative when it is
 * behind, 0 as far as one cannot tell. A file server has a clock of its own. Makes a directory and removes it
 * again. Never rejects: where nothing can be made, one clock is taken for the other.
 */
export async function clockAheadMs(directory: string): Promise<number> {
  const held = await TreeRoot.open(directory).catch(() => undefined);
  if (held === undefined) return 0;
  try {
    const before = Date.now();
    const probe = await mkdtemp(withinFd(held.fd, Buffer.from('.snapback-probe-clock-')).toString());
    try {
      return aheadOf((await lstat(probe)).ctimeMs, before, Date.now());
    } finally {
      await rmdir(probe);
    }
  } catch {
    return 0;
  } finally {
    await held.close();
  }
}

/** `stamp` was given between two moments of the other clock, to about a tick. All in milliseconds. */
export function aheadOf(stamp: number, before: number, after: number): number {
  if (stamp > after + CLOCK_TICK_MS) return stamp - after;
  if (stamp < before - CLOCK_TICK_MS) return stamp - before;
  return 0;
}
