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
