import { Announcement, Question } from '../announcements/announcements.js';
import type { RollbackLog } from '../contract/generated/types.gen.js';
import type { SnapshotEntity } from './snapshot.entity.js';

/** It completed, failed or was cancelled. */
export const snapshotEnded = new Announcement<SnapshotEntity>('a snapshot has ended');

/** A verification of a completed snapshot, whatever came of it. */
export const snapshotVerified = new Announcement<SnapshotEntity>('a verification has ended');

/** Its pin has an end, and that comes soon. */
export const pinExpires = new Announcement<SnapshotEntity>('the pin of a snapshot expires');
/** What was found out last shows that it cannot be restored; before that nothing did. */
export const snapshotRefuted = new Announcement<SnapshotEntity>('a snapshot is refuted');

/** Nobody can use them any more, all of one environment; what the vault has of them goes later. */
export const snapshotsRemoved = new Announcement<readonly SnapshotEntity[]>('snapshots were removed');

/** Its id, its row locked: whoever uses it refuses. */
export const snapshotRemoval = new Announcement<string>('a snapshot is about to be removed');

/** By its id; the newest first, at most 100. */
export const rollbacksToSnapshot = new Question<string, RollbackLog[]>('which rollbacks were to a snapshot');

/** By its id. */
export const rollbackUnderWay = new Question<string, boolean>('whether a rollback of an environment is under way');
