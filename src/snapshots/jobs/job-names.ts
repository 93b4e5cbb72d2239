/** Captures one queued snapshot. */
export const CAPTURE_JOB = 'snapshot.capture';
export interface CaptureJobData {
  snapshotId: string;
}

/** Restores one snapshot beside its environment and compares it. */
export const VERIFY_JOB = 'snapshot.verify';
export interface VerifyJobData {
  verificationId: string;
}

/** Removes what is left of snapshots in the vault, and the rows of those that are `deleting`. */
export const FORGET_JOB = 'snapshot.forget';
export interface ForgetJobData {
  projectId: string;
  /** At most `FORGET_BATCH` of them; none: only collect. */
  snapshotIds: string[];
}
export const FORGET_BATCH = 1000;
