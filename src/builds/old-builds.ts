import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { timeOfFileSystem } from '../vault/files/unnamed-file.js';
import { isRun } from './living-marks.js';

/** Builds that stay whether they run or not: a program may just be starting from one. */
const KEPT = 3;
/** What was not finished by now will not be. */
const UNFINISHED_MS = 24 * 3_600_000;

/**
 * Removes builds that nobody runs, but for the newest ones and `current`, and what builds that were interrupted left. Returns
 * the names of the builds that were removed. What cannot be removed stays for the next time.
 *
 * @param directory where the builds lie
 * @param current the name of the one that programs are started from
 */
export async function removeOldBuilds(directory: string, current: string): Promise<string[]> {
  const now = await timeOfFileSystem(directory);
  const names = (await readdir(directory)).map((name) => ({ name, path: join(directory, name) }));
  const entries = await Promise.all(names.map(async (entry) => ({ ...entry, changedAt: await changed(entry.path) })));
  const newestFirst = entries.toSorted((a, b) => b.changedAt - a.changedAt);
  const removed: string[] = [];
  for (const { path, changedAt } of newestFirst.filter(({ name }) => name.startsWith('.')))
    if (now - changedAt > UNFINISHED_MS) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  for (const { name, path } of newestFirst.filter(({ name }) => !name.startsWith('.')).slice(KEPT)) {
    if (name === current || (await isRun(path, now))) continue;
    try {
      // Under a name of its own first: a build that is only half there must not be taken for one.
      const aside = join(directory, `.unfinished-${name}`);
      await rename(path, aside);
      removed.push(name);
      await rm(aside, { recursive: true });
    } catch {
      // Next time.
    }
  }
  return removed;
}

/** 0 for what has just gone. */
async function changed(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
