import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { markName, markOf, MARKS, parseMarkName } from './build-mark.js';

/** A process of another container or machine that has said nothing for so long is gone. It speaks every hour. */
const SILENT_MS = 7 * 24 * 3_600_000;

/**
 * Whether a process runs from this build; marks of those that are gone are removed. `now`: in milliseconds, by the clock of the file
 * system. Never rejects.
 */
export async function isRun(build: string, now: number): Promise<boolean> {
  const here = (await markOf(process.pid))?.place;
  let found = false;
  for (const name of await readdir(join(build, MARKS)).catch(() => [])) {
    const mark = parseMarkName(name);
    if (mark === undefined) continue;
    const path = join(build, MARKS, name);
    const lives = mark.place === here ? await isTheSame(mark.pid, name) : now - (await spokeAt(path)) < SILENT_MS;
    if (lives) found = true;
    // One of another user stays, and means as little.
    else await unlink(path).catch(() => undefined);
  }
  return found;
}

async function isTheSame(pid: number, name: string): Promise<boolean> {
  const living = await markOf(pid);
  return living !== undefined && markName(living) === name;
}

async function spokeAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
