import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { directoryAt } from '../../filestore/paths/directory-identity.js';
import { renameInPlace } from '../../filestore/paths/held-path.js';
import type { CutoverJournal, CutoverRecord, FilestoreRecord } from '../cutover/cutover-journal.js';
import { errorWords } from '../cutover/half-way.js';

const EPOCH = /(\.e\d+\.[0-9a-f]{6})?$/;

/**
 * Gives the directory that is not live a name with this epoch in it, so that a worker which was only
 * stopped finds nothing to exchange when it goes on. The new name is written down first. Resolves to
 * the record that knows it; rejects with an errno `code`, or as `HeldPath.hold` does, when the directory could not be renamed.
 */
export async function moveStaged(
  record: CutoverRecord,
  epoch: number,
  journal: CutoverJournal,
): Promise<CutoverRecord> {
  const { filestore } = record;
  if (!filestore) return record;
  const first = filestore.stagedPaths[0]!;
  // Never a name that was there before: a previous state may be swapped back more than once.
  const suffix = `.e${epoch}.${randomBytes(3).toString('hex')}`;
  const target = join(dirname(first), basename(first).replace(EPOCH, suffix));
  const moved = { ...record, filestore: { ...filestore, stagedPaths: [...filestore.stagedPaths, target] } };
  await journal.write(moved);
  const present = await otherDirectory(filestore);
  if (present !== undefined) await renameInPlace(present, target);
  return moved;
}

/** Where the directory that is not live is now, whatever else has its name; undefined when it is nowhere. */
export async function otherDirectory(filestore: FilestoreRecord): Promise<string | undefined> {
  for (const path of [...filestore.stagedPaths.toReversed(), filestore.keptPath])
    if ((await directoryAt(path, filestore)) !== 'unknown') return path;
  return undefined;
}

/** The last thing: the previous directory gets the name that says what it is. What fails is said in the warnings. */
export async function nameKeptDirectory({ filestore }: CutoverRecord, warnings: string[]): Promise<void> {
  if (!filestore) return;
  try {
    const present = await otherDirectory(filestore);
    if (present === undefined || present === filestore.keptPath) return;
    await renameInPlace(present, filestore.keptPath);
  } catch (error) {
    warnings.push(`The previous directory could not be renamed: ${errorWords(error)}`);
  }
}
