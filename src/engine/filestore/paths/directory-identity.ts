import type { BigIntStats } from 'node:fs';
import { EngineError } from '../../engine-error.js';
import { HeldPath } from './held-path.js';

/** What nobody knows about a directory's birth. */
const UNKNOWN = '0';

/** The two directories of a cutover, by what they are: `device:inode:birth`. */
export interface KnownDirectories {
  liveInode: string;
  stagedInode: string;
}

/**
 * What a directory is, whatever it is called: `device:inode:birth`. The birth (nanoseconds since 1970) is there
 * because file systems use an inode again; it is 0 where the file system does not tell it. Rejects with
 * `EngineError('filestore-missing')`.
 */
export async function identityOf(path: string): Promise<string> {
  const held = await HeldPath.hold(path);
  try {
    const stats = await held?.look();
    if (!stats?.isDirectory())
      throw new EngineError('filestore-missing', `"${path}" is not there, or is not a directory.`);
    return identityIn(stats);
  } finally {
    await held?.close();
  }
}

/** The same of a directory, or whatever else was looked at. */
export function identityIn(stats: BigIntStats): string {
  // Where no birth is known, Node may give the time of the last change instead, which a renaming changes.
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs === stats.ctimeNs ? UNKNOWN : stats.birthtimeNs}`;
}

/** The inode in an identity, decimal. */
export function inodeOf(identity: string): string {
  return identity.split(':')[1]!;
}

/** Of the two directories of a cutover, the one that was live or the one that takes its place; or neither. */
export type WhichDirectory = 'old' | 'new' | 'unknown';

/**
 * Which of the two directories of a cutover is at this path. Some file systems get another device number
 * when they are mounted again, so the inode decides, as long as nothing else is mounted there.
 */
export async function directoryAt(path: string, known: KnownDirectories): Promise<WhichDirectory> {
  let held: HeldPath | undefined;
  try {
    held = await HeldPath.hold(path);
    return held ? await directoryIn(held, known) : 'unknown';
  } catch (error) {
    if (error instanceof EngineError && error.code === 'filestore-tampered') return 'unknown';
    throw error;
  } finally {
    await held?.close();
  }
}

/** The same of a name that is held. */
export async function directoryIn(held: HeldPath, known: KnownDirectories): Promise<WhichDirectory> {
  const stats = await held.look();
  return stats?.dev === held.device() ? whichDirectory(stats, known) : 'unknown';
}

/** The same of what was looked at. */
export function whichDirectory(stats: BigIntStats, known: KnownDirectories): WhichDirectory {
  if (!stats.isDirectory()) return 'unknown';
  if (isNoted(stats, known.liveInode)) return 'old';
  return isNoted(stats, known.stagedInode) ? 'new' : 'unknown';
}

/** Whether what was looked at is that of which this identity was noted. */
export function isNoted({ ino, birthtimeNs }: BigIntStats, noted: string): boolean {
  const [, notedInode, notedBirth = UNKNOWN] = noted.split(':');
  // As it is: one that was made a moment ago has changed as lately as it was born.
  return String(ino) === notedInode && (notedBirth === UNKNOWN || String(birthtimeNs) === notedBirth);
}
