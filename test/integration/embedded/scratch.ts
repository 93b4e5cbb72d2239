import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OWNER_FILE, SERVER_DIRECTORY_PREFIX } from '../../harness/postgres-server.js';
import { serverPlace } from '../../harness/server-place.js';

export interface Scratch {
  path: string;
  /** A directory below the home of the user who runs the tests that nobody else may enter. */
  closedDirectory(): Promise<string>;
  remove(): Promise<void>;
}

/** A directory that other operating-system users may pass through, as PostgreSQL's has to. */
export async function makeScratch(): Promise<Scratch> {
  const path = await realpath(await mkdtemp(join(await serverPlace(), `${SERVER_DIRECTORY_PREFIX}snapback-embedded-`)));
  await chmod(path, 0o755);
  await writeFile(join(path, OWNER_FILE), String(process.pid));
  const directories = [path];
  return {
    path,
    closedDirectory: async () => {
      const closed = await mkdtemp(join(homedir(), '.snapback-test-'));
      directories.push(closed);
      return closed;
    },
    remove: async () => {
      await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
    },
  };
}
