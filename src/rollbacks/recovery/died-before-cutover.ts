import { Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { BesideRemoval } from '../../projects/places/beside-removal.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

/**
 * What becomes of a rollback whose worker died before its cutover began: the live state was not touched, so what was being
 * built is removed and another worker begins again, some times. The caller has taken it over, so the dead one cannot go on
 * meanwhile.
 */
@Injectable()
export class DiedBeforeCutover {
  constructor(
    private readonly configuration: Configuration,
    private readonly lifecycle: RollbackLifecycle,
    private readonly removal: BesideRemoval,
  ) {}

  async takeUp(log: RollbackLogEntity): Promise<void> {
    // The previous state that an undo would have swapped back is not ours to remove.
    const left = log.undoOf === null ? await this.removal.remove(log) : [];
    const warnings = [...log.warnings, ...left];
    const beside = left.length === 0 ? { keptDatabase: null, keptDirectory: null } : {};
    if (log.cancelRequested) return this.lifecycle.cancel(log, { warnings, ...beside });
    if (log.lostWorkers < this.configuration.ROLLBACK_RETRIES) {
      if (left.length > 0) await this.removal.leave(log);
      return this.lifecycle.beginAgain({ ...log, warnings });
    }
    const message = 'The workers that ran the rollback died before anything was changed; start it again.';
    await this.lifecycle.fail(log, { code: 'worker-lost', message }, { warnings, ...beside });
  }
}
