/** Runs one queued rollback. */
export const ROLLBACK_JOB = 'rollback.run';
/** Finishes or reverts a rollback whose worker was lost. */
export const RECOVERY_JOB = 'rollback.recover';
/** Removes a previous state whose time for an undo is over. */
export const EXPIRY_JOB = 'rollback.expire';

export interface RollbackJobData {
  deploymentId: string;
}

export interface RecoveryJobData extends RollbackJobData {
  /** How often it was tried in vain. */
  tries: number;
}
