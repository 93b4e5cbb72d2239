import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stagedDirectoryName } from './enclosure.js';
import { isMountPoint } from './mount-points.js';

/**
 * Where the other states of a filestore live, in their enclosures: in the directory that contains it, so that one is exchanged with the
 * other in a single step. A mount point cannot be exchanged, and beside it is another file system, so there they live inside of it.
 * Whoever comes later knows it by the path of such a state (`isInMountPoint`), which is written down.
 */
export async function statesOf(filestore: string): Promise<string> {
  const path = await realpath(filestore).catch(() => filestore);
  return (await isMountPoint(path)) ? path : dirname(path);
}

/** `stagedDirectoryName` where that is. A link is followed. */
export async function stagedDirectoryOf(filestore: string, attemptId: string): Promise<string> {
  const path = await realpath(filestore).catch(() => filestore);
  return stagedDirectoryName(path, attemptId, await statesOf(path));
}
