import type { ProgressSink } from '../engine/progress.js';
import type { Staged } from '../engine/restore/staged.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

/** One rollback while a worker runs it. */
export interface RollbackTask {
  log: RollbackLogEntity;
  /** Honoured until the cutover begins; after that the rollback finishes whatever happens. */
  signal: AbortSignal;
  progress: ProgressSink;
  /** What has been rebuilt and must be discarded when something goes wrong. */
  staged: Staged | null;
  inCutover: boolean;
}
