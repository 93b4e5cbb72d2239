import type { EntityManager } from 'typeorm';
import type { Announcements } from '../../announcements/announcements.js';
import { snapshotRefuted } from '../snapshot-announcements.js';
import { SnapshotEntity } from '../snapshot.entity.js';
import { learn, stateOf, type RestorabilityEvent } from './restorability.js';
import { knowledgeOf, toColumns } from './restorability.dto.js';

/**
 * Notes what somebody has found out about a completed snapshot, its row held until the caller's transaction ends; returns the
 * snapshot as it is then, or null when it is no completed one (any more).
 */
export async function learnOfSnapshot(
  manager: EntityManager,
  announcements: Announcements,
  snapshotId: string,
  event: RestorabilityEvent,
): Promise<SnapshotEntity | null> {
  const snapshot = await manager.findOne(SnapshotEntity, {
    where: { id: snapshotId, status: 'completed' },
    lock: { mode: 'pessimistic_write' },
  });
  if (snapshot === null) return null;
  const known = knowledgeOf(snapshot);
  const now = learn(known, event);
  if (now === known) return snapshot;
  const columns = toColumns(now);
  await manager.update(SnapshotEntity, { id: snapshotId }, columns);
  Object.assign(snapshot, columns);
  if (stateOf(known) !== 'refuted' && stateOf(now) === 'refuted')
    await announcements.announce(manager, snapshotRefuted, snapshot);
  return snapshot;
}
