import type { Backend, LockedObject } from '../backend/backend.js';
import { attemptsPrefix, packKey, withListing } from '../format/object-keys.js';
import type { ReplicaParts } from './replica-parts.js';

/** Snapshots that one statement finds. */
const SNAPSHOTS_AT_A_TIME = 100;
/** Packs deleted between two statements. */
const PACKS_AT_A_TIME = 500;

export interface RetireOptions {
  /** How long a snapshot stays after it went from the vault. */
  keepDays: number;
  signal: AbortSignal;
}

/**
 * Removes from the replica a project's snapshots whose time there is over and that its store lets go, and what killed copies have left, and says which. Not while
 * something of the project is copied: one process at a time does either. Of a snapshot the objects go first: one that is forgotten and still
 * there would be taken for one that the vault does not know, and kept.
 */
export async function retire(
  { replica, ledger }: Pick<ReplicaParts, 'replica' | 'ledger'>,
  project: string,
  { keepDays, signal }: RetireOptions,
): Promise<string[]> {
  const retired: string[] = [];
  await ledger.noteGone(project);
  for (;;) {
    const expired = await ledger.expired(project, keepDays, SNAPSHOTS_AT_A_TIME);
    if (expired.length === 0) return retired;
    for (const { snapshotId } of expired) {
      signal.throwIfAborted();
      const [locked] = await deleteManifests(replica, project, snapshotId);
      if (locked !== undefined) {
        await ledger.stillLocked(project, snapshotId, locked.until);
        continue;
      }
      await ledger.forgetSnapshot(project, snapshotId);
      retired.push(snapshotId);
    }
  }
}

/**
 * Removes the packs of a project that no snapshot in the replica needs, and says how many: right after somebody has looked through it. A
 * ledger that was brought back from a backup knows nothing of the snapshots since, which may need what others need no more.
 * The objects go last: one that is forgotten and still there, or locked and not known to be, is found by the next look, and tried then.
 */
export async function freePacks(
  { replica, ledger }: Pick<ReplicaParts, 'replica' | 'ledger'>,
  project: string,
  signal: AbortSignal,
): Promise<number> {
  for (let freed = 0; ;) {
    signal.throwIfAborted();
    const idle = await ledger.takeIdle(project, PACKS_AT_A_TIME);
    if (idle.length === 0) return freed;
    const locked = await replica.delete(idle.map((id) => packKey(project, id.toString('hex'))));
    freed += idle.length - locked.length;
  }
}

/** Of all attempts at it, with the listings that somebody may have made who used the replica as a vault. */
async function deleteManifests(
  replica: Backend,
  project: string,
  snapshotId: string,
): Promise<readonly LockedObject[]> {
  const keys: string[] = [];
  for await (const { key } of replica.list(attemptsPrefix(project, snapshotId))) keys.push(...withListing(key));
  return keys.length > 0 ? await replica.delete(keys) : [];
}
