import { rename } from 'node:fs/promises';
import { basename } from 'node:path';
import { directoryAt, type KnownDirectories, whichDirectory } from '../../filestore/paths/directory-identity.js';
import { isInMountPoint, outsideOf } from '../../filestore/paths/enclosure.js';
import { isMountPoint } from '../../filestore/paths/mount-points.js';
import { EngineError } from '../../engine-error.js';
import { errnoOf } from '../../../vault/errno.js';
import { HeldPath, tamperedWith } from '../../filestore/paths/held-path.js';
import { removeHeld } from '../../filestore/paths/remove-tree.js';
import { TreeRoot } from '../../filestore/paths/tree-root.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { dropDatabaseIfExists } from '../../postgres/databases/drop-database.js';
import type { Staged } from './staged.js';

/** Dropping a database makes a checkpoint, which takes its time on a busy server. */
const DROP_TIMEOUT_MS = 60_000;

export interface DiscardOptions {
  /** For the database; default one minute. */
  timeoutMs?: number;
}

/**
 * Removes what `stage` made and no cutover has put in place, whether or not it is complete. Never
 * rejects: what could not be removed is said in the warnings, a sentence each.
 */
export async function discardStaged(staged: Staged, options: DiscardOptions = {}): Promise<string[]> {
  return discard(
    {
      ...(staged.database && {
        database: { address: staged.database.maintenance, name: staged.database.names.shadow },
      }),
      ...(staged.filestore && { directory: staged.filestore.stagedPath, known: staged.filestore }),
    },
    options,
  );
}

/** The previous state, as a cutover left it. */
export interface KeptState {
  /** `address` is of any other database of the same server. */
  database?: { address: DatabaseAddress; name: string };
  directory?: string;
  /** What the directory must be; without it only what lies in an enclosure is removed. */
  known?: KnownDirectories;
}

/**
 * Removes the previous state for good; afterwards nothing can be swapped back. Never inside a cutover:
 * dropping a database can wait for every backend of the server. Never rejects: what could not be
 * removed is said in the warnings, and may be tried again.
 */
export async function dropKept(kept: KeptState, options: DiscardOptions = {}): Promise<string[]> {
  return discard(kept, options);
}

async function discard(what: KeptState, options: DiscardOptions): Promise<string[]> {
  const warnings: string[] = [];
  const { database, directory, known } = what;
  if (database) {
    await attempt(warnings, `The database "${database.name}" is left over`, () =>
      dropDatabaseIfExists(database.address, database.name, { timeoutMs: options.timeoutMs ?? DROP_TIMEOUT_MS }),
    );
  }
  if (directory !== undefined) {
    await attempt(warnings, `The directory "${directory}" is left over`, () => removeDirectory(directory, known));
  }
  return warnings;
}

/** The one of these directories whose removal was begun and has not ended: removed once more, by that name, it goes. */
export async function findHalfRemoved(
  directories: readonly string[],
  known: KnownDirectories,
): Promise<string | undefined> {
  for (const directory of directories)
    if ((await directoryAt(doomedName(directory), known)) !== 'unknown') return directory;
  return undefined;
}

/** Under another name first: a directory that is half removed must not pass for what it was. */
async function removeDirectory(directory: string, known: KnownDirectories | undefined): Promise<void> {
  const held = await HeldPath.hold(directory);
  if (held === undefined) return requireParent(directory);
  try {
    const doomed = held.sibling(basename(doomedName(directory)));
    const found = (await held.look()) ?? (await held.look(doomed));
    if (found === undefined) return;
    if (known ? whichDirectory(found, known) === 'unknown' : !held.isOurs)
      throw tamperedWith(directory, 'which was to be removed, is not known to be what the service put there');
    await rename(held.at, doomed).catch((error: unknown) => {
      // Renamed by an earlier attempt.
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
    await removeHeld(doomed, Buffer.from(directory), known);
  } finally {
    await held.closeAndTidy();
  }
}

/** What cannot be reached at this moment is not gone: its file system may come back. */
async function requireParent(directory: string): Promise<void> {
  const outside = outsideOf(directory);
  const held = await TreeRoot.open(outside);
  await held.close();
  if (isInMountPoint(directory) && !(await isMountPoint(outside)))
    throw new EngineError('filestore-missing', `Nothing is mounted at "${outside}", where it lies; mount it again.`);
}

function doomedName(directory: string): string {
  return `${directory}.removed`;
}

async function attempt(warnings: string[], failure: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    warnings.push(`${failure}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
