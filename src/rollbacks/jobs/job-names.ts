/** Runs one queued rollback. */
export const ROLLBACK_JOB = 'rollback.run';

export interface RollbackJobData {
  deploymentId: string;
}
