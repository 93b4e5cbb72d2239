import type { KeptState, Standby } from '../../contract/generated/types.gen.js';
import { Announcement, Question } from '../../announcements/announcements.js';
import type { Caller } from '../../auth/caller.js';
import type { EnvironmentEntity } from './environment.entity.js';

/**
 * Before database, filestore, type, neutralizeSql, neutralizePaths or pool become others: the environment as it still is, and as it would be. Its row
 * is locked.
 */
export const environmentChange = new Announcement<{ environment: EnvironmentEntity; prospect: EnvironmentEntity }>(
  'an environment is about to change',
);

/** The same before it is deleted, and whether its snapshots may go with it. */
export const environmentRemoval = new Announcement<{
  environment: EnvironmentEntity;
  deleteSnapshots: boolean;
  caller: Caller;
}>('an environment is about to be deleted');

/** What stands ready beside the live state of an environment, by its id. */
export const standbyBeside = new Question<string, Standby | null>('which standby an environment has');

/** What rollbacks keep there, by the environment's id; oldest first. */
export const keptBeside = new Question<string, KeptState[]>('which previous states are kept beside an environment');

/**
 * Thrown by a listener: something has to be done before that takes longer than a transaction may; then the change is tried again.
 * What is done first cannot be taken back when somebody else refuses: those that throw it listen last.
 */
export class DoFirst extends Error {
  override name = 'DoFirst';

  constructor(readonly work: () => Promise<void>) {
    super('Something has to be done before the environment can change.');
  }
}

/** An environment that is to be made from a snapshot, before its row is there: refuses, by throwing, what cannot be done, with nothing touched. */
export const provisionCheck = new Question<Provision, void>('whether an environment can be made from a snapshot');

/** The same once its row is there: makes database and directory, and orders the rollback that fills them, whose id it answers with. Leaves nothing when it throws. */
export const provision = new Question<Provision, string>('by which rollback an environment is filled');

/** Database and directory of an environment that was made so are removed. */
export const provisionRemoval = new Question<EnvironmentEntity, void>('that what was made for an environment is gone');

export interface Provision {
  caller: Caller;
  environment: EnvironmentEntity;
  snapshotId: string;
}
