import type { Finding } from '../contract/generated/types.gen.js';
import type { ProgressSink } from '../engine/progress.js';
import type { Staged } from '../engine/restore/staging/staged.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

/** One rollback while a worker runs it. */
export interface RollbackTask {
  log: RollbackLogEntity;
  /** Honoured until the cutover begins; after that the rollback finishes whatever happens. */
  signal: AbortSignal;
  progress: ProgressSink;
  /** What has been rebuilt and must be discarded when something goes wrong. */
  staged: Staged | null;
  /** What a person should know afterwards. */
  warnings: Finding[];
  /** The snapshot is being restored into its own environment: what the server refuses now, it refuses any rollback. */
  restoring: boolean;
  inCutover: boolean;
  /** The new state is in place: whatever goes wrong from here on is no reason to call it failed. */
  swapped: boolean;
}
