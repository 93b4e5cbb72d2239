import { lstat, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeldPath } from '../paths/held-path.js';
import { readDirectory } from '../paths/read-directory.js';

/** No probe takes so long (milliseconds). */
const OLD_MS = 60 * 60_000;
const ENCLOSED = /^\.probe\.snapback-[0-9a-f-]{36}$/;
const BARE = /^\.snapback-probe-([0-9a-f-]{36}|clock-[A-Za-z0-9]{6})$/;

/**
 * Removes what probes have left in a directory whose processes were killed in the middle: empty directories of ours, an hour older than
 * `now`, which is the time by the file system's own clock (milliseconds since 1970). What is not empty stays. Never rejects.
 */
export async function removeOldProbes(parent: string, now: number): Promise<void> {
  try {
    for await (const entry of readDirectory(parent)) {
      const name = entry.name.toString();
      if (!ENCLOSED.test(name) && !BARE.test(name)) continue;
      const path = join(parent, name);
      // Looked at first: one that is at work at this moment is empty, too, for an instant.
      if (Number((await lstat(path)).mtimeMs) < now - OLD_MS)
        await remove(ENCLOSED.test(name) ? join(path, 'staged') : path);
    }
  } catch {
    // The next probe looks again.
  }
}

async function remove(path: string): Promise<void> {
  const held = await HeldPath.hold(path);
  if (held === undefined) return;
  await rmdir(held.at).catch(() => undefined);
  await held.closeAndTidy();
}
