import type { Backend } from '../backend/backend.js';
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

export interface Retired {
  snapshots: number;
  packs: number;
}

/**
 * Removes from the replica a project's snapshots whose time there is over, and what killed copies have left; then the packs that no snapshot
 * there needs. Not while something of the project is copied: one process at a time does either.
 *
 * Of a snapshot the objects go first: one that is forgotten and still there would be taken for one that the vault does not know, and kept.
 * Of a pack they go last: one that is forgotten and still there is found by who looks through the replica, and goes then.
 */
export async function retire(
  { replica, ledger }: Pick<ReplicaParts, 'replica' | 'ledger'>,
  project: string,
  { keepDays, signal }: RetireOptions,
): Promise<Retired> {
  const retired: Retired = { snapshots: 0, packs: 0 };
  await ledger.noteGone(project);
  for (;;) {
    const expired = await ledger.expired(project, keepDays, SNAPSHOTS_AT_A_TIME);
    if (expired.length === 0) break;
    for (const { snapshotId } of expired) {
      signal.throwIfAborted();
      await deleteManifests(replica, project, snapshotId);
      await ledger.forgetSnapshot(project, snapshotId);
      retired.snapshots += 1;
    }
  }
  for (;;) {
    signal.throwIfAborted();
    const idle = await ledger.takeIdle(project, PACKS_AT_A_TIME);
    if (idle.length === 0) return retired;
    await replica.delete(idle.map((id) => packKey(project, id.toString('hex'))));
    retired.packs += idle.length;
  }
}

/** Of all attempts at it, with the listings that somebody may have made who used the replica as a vault. */
async function deleteManifests(replica: Backend, project: string, snapshotId: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of replica.list(attemptsPrefix(project, snapshotId))) keys.push(...withListing(key));
  if (keys.length > 0) await replica.delete(keys);
}
