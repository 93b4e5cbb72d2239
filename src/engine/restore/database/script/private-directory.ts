import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Followed by the id of the process it belongs to. */
const PREFIX = 'snapback-definitions-';

/**
 * A new directory that only this user may enter, named after this process. Those of processes that were
 * killed are removed first: nobody else would.
 */
export async function makePrivateDirectory(parent: string): Promise<string> {
  for (const name of await readdir(parent)) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || isRunning(Number(owner))) continue;
    // In a directory shared with other users it may be somebody else's.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
  return mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
