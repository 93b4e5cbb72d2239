import type { CaptureWriter } from '../../../vault/vault.js';
import type { CaptureProgress } from '../capture-progress.js';
import type { CaptureWarnings } from '../capture-warnings.js';

/** Where a capture of a database goes, and who follows it. */
export interface DatabaseCaptureContext {
  writer: CaptureWriter;
  warnings: CaptureWarnings;
  progress: CaptureProgress;
  signal: AbortSignal;
  /** Called when all there is has been read, before the cut is let go: for whatever else is to be read under it. */
  underCut?: () => Promise<void>;
}
