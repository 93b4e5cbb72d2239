import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '../engine-error.js';
import type { FilestoreRecord } from './cutover-journal.js';

/** What nobody knows about a directory's birth. */
const UNKNOWN = '0';

/**
 * What a directory is, whatever it is called: `device:inode:birth`. The birth (nanoseconds since 1970) is there
 * because file systems use an inode again; it is 0 where the file system does not tell it. Rejects with
 * `EngineError('filestore-missing')`.
 */
export async function identityOf(path: string): Promise<string> {
  const { identity, birthIsSure } = await lookAt(path);
  return birthIsSure ? identity : `${identity.slice(0, identity.lastIndexOf(':'))}:${UNKNOWN}`;
}

/** Where no birth is known, Node may give the time of the last change instead, which a renaming changes. */
async function lookAt(path: string): Promise<{ identity: string; birthIsSure: boolean }> {
  try {
    const stats = await lstat(path, { bigint: true });
    const { dev, ino, birthtimeNs, ctimeNs } = stats;
    if (stats.isDirectory()) return { identity: `${dev}:${ino}:${birthtimeNs}`, birthIsSure: birthtimeNs !== ctimeNs };
  } catch (error) {
    throw new EngineError('filestore-missing', `The directory "${path}" is not there.`, { cause: error });
  }
  throw new EngineError('filestore-missing', `"${path}" is not a directory.`);
}

/**
 * Which of the two directories of a cutover is at this path. Some file systems get another device number
 * when they are mounted again, so the inode decides, as long as nothing else is mounted there.
 */
export async function directoryAt(
  path: string,
  known: Pick<FilestoreRecord, 'liveInode' | 'stagedInode'>,
): Promise<'old' | 'new' | 'unknown'> {
  try {
    // As it is: one that was made a moment ago has changed as lately as it was born.
    const { identity: found } = await lookAt(path);
    const [device] = found.split(':');
    const [parentDevice] = (await identityOf(dirname(path))).split(':');
    if (device !== parentDevice) return 'unknown';
    if (isSame(found, known.liveInode)) return 'old';
    return isSame(found, known.stagedInode) ? 'new' : 'unknown';
  } catch (error) {
    if (error instanceof EngineError) return 'unknown';
    throw error;
  }
}

function isSame(found: string, noted: string): boolean {
  const [, inode, birth] = found.split(':');
  const [, notedInode, notedBirth = UNKNOWN] = noted.split(':');
  return inode === notedInode && (notedBirth === UNKNOWN || birth === notedBirth);
}
