import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { timeOfFileSystem } from '../../../../vault/files/unnamed-file.js';

/** Directories in which an earlier version kept archives in plain text, by the id of a process. */
const NAMED = /^snapback-definitions-\d+-/;
/** No restore takes so long. */
const ABANDONED_MS = 7 * 24 * 3_600_000;

/**
 * Removes what processes of an earlier version left in a directory for temporary files when they were killed: what is older than
 * this machine's start or than a week. Whether its process lives cannot be told by its number, which every container has, too.
 * Never rejects; what cannot be looked at or removed stays.
 */
export async function removeNamedArchives(directory: string): Promise<void> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => NAMED.test(name));
  if (names.length === 0) return;
  const now = await timeOfFileSystem(directory).catch(() => 0);
  const bornBefore = Math.max(now - ABANDONED_MS, await startOfMachine());
  for (const name of names) {
    const path = join(directory, name);
    if ((await lastTouched(path)) < bornBefore) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Never, for what is not a directory of our own that nobody else may enter: in a shared place it may be somebody's trap. */
async function lastTouched(path: string): Promise<number> {
  try {
    const own = await lstat(path);
    if (!own.isDirectory() || own.uid !== process.getuid?.() || (own.mode & 0o077) !== 0) return Infinity;
    const files = await Promise.all((await readdir(path)).map((name) => lstat(join(path, name))));
    return Math.max(...[own, ...files].map(({ mtimeMs }) => mtimeMs));
  } catch {
    return Infinity;
  }
}

/** In milliseconds; 0 where it is not known. */
async function startOfMachine(): Promise<number> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '');
  return Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? 0) * 1000;
}
