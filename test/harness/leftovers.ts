import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OWNER_FILE, SERVER_DIRECTORY_PREFIX } from './postgres-server.js';
import { SERVER_PLACES } from './server-place.js';

/** Removes the directories of servers whose test run was killed; their processes died with it. */
export async function removeLeftovers(): Promise<void> {
  await Promise.all(SERVER_PLACES.map(removeLeftoversIn));
}

async function removeLeftoversIn(place: string): Promise<void> {
  const names = await readdir(place).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(SERVER_DIRECTORY_PREFIX))) {
    const directory = join(place, name);
    const owner = await readFile(join(directory, OWNER_FILE), 'utf8').catch(() => undefined);
    // Without an owner it may be one that is being made at this moment.
    if (owner === undefined || isRunning(Number(owner))) continue;
    await rm(directory, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
