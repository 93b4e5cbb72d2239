import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch {
  path: string;
  /** A directory below the home of the user who runs the tests that nobody else may enter. */
  closedDirectory(): Promise<string>;
  remove(): Promise<void>;
}

/** A directory that other operating-system users may pass through, as PostgreSQL's has to. */
export async function makeScratch(): Promise<Scratch> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'snapback-embedded-')));
  await chmod(path, 0o755);
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
