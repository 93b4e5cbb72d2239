import { Announcement, Question } from '../announcements/announcements.js';
import type { RollbackLog } from '../contract/generated/types.gen.js';
import type { SnapshotEntity } from './snapshot.entity.js';

/** It completed, failed or was cancelled. */
export const snapshotEnded = new Announcement<SnapshotEntity>('a snapshot has ended');

/** A verification of a completed snapshot, whatever came of it. */
export const snapshotVerified = new Announcement<SnapshotEntity>('a verification has ended');

/** Its pin has an end, and that comes soon. */
export const pinExpires = new Announcement<SnapshotEntity>('the pin of a snapshot expires');

/** Its id, its row locked: whoever uses it refuses. */
export const snapshotRemoval = new Announcement<string>('a snapshot is about to be removed');

/** By its id; the newest first, at most 100. */
export const rollbacksToSnapshot = new Question<string, RollbackLog[]>('which rollbacks were to a snapshot');

/** By its id. */
export const rollbackUnderWay = new Question<string, boolean>('whether a rollback of an environment is under way');
