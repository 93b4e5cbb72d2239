import { Injectable } from '@nestjs/common';
import { SnapshotLifecycle } from '../snapshots/snapshot-lifecycle.js';
import { BesideRemoval } from './beside-removal.js';
import { RollbackLifecycle } from './rollback-lifecycle.js';
import type { RollbackLogEntity } from './rollback-log.entity.js';

/**
 * What becomes of a rollback whose worker died before its cutover began: the live state was not touched, so
 * what was being built is removed. The caller has taken it over, so the worker cannot begin meanwhile.
 */
@Injectable()
export class DeadRollback {
  constructor(
    private readonly lifecycle: RollbackLifecycle,
    private readonly snapshots: SnapshotLifecycle,
    private readonly removal: BesideRemoval,
  ) {}

  async bury(log: RollbackLogEntity): Promise<void> {
    if (log.safetySnapshotId !== null) {
      const message = 'The worker that took the snapshot died.';
      await this.snapshots.fail(log.safetySnapshotId, null, { code: 'worker-lost', message });
    }
    // The previous state that an undo would have swapped back is not ours to remove.
    const warnings = log.undoOf === null ? await this.removal.remove(log) : [];
    const message = 'The worker that ran the rollback died before anything was changed; start it again.';
    await this.lifecycle.fail(
      log,
      { code: 'worker-lost', message },
      { warnings, ...(warnings.length === 0 ? { keptDatabase: null, keptDirectory: null } : {}) },
    );
  }
}
