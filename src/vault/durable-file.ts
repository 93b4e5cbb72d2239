import { mkdir, open } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';

/** Content of databases lies in these files: nobody but the service's own user reads them. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;

/** Creates a file whose bytes survive a power cut. Its name does only after `syncDirectory()` on its directory. */
export async function writeNewFile(path: string, bytes: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    // writeFile, not writev: it goes on after a short write, so that a full disk is an error and not a short file.
    for (const part of bytes) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a directory (files created, renamed, removed) survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a directory and its missing parents, durably. One that is there already is no error. */
export async function makeDirectory(path: string): Promise<void> {
  const firstCreated = await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  if (firstCreated === undefined) return;
  let parent = dirname(firstCreated);
  for (const name of relative(parent, path).split(sep)) {
    await syncDirectory(parent);
    parent = `${parent}${sep}${name}`;
  }
}
