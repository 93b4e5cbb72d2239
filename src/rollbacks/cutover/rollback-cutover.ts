import type { EntityManager } from 'typeorm';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Finding } from '../../contract/generated/types.gen.js';
import { EngineError } from '../../engine/engine-error.js';
import { inPhase } from '../../engine/progress.js';
import { cutover } from '../../engine/restore/cutover/cutover.js';
import type { CutoverResult } from '../../engine/restore/cutover/cutover.js';
import type { Staged } from '../../engine/restore/staging/staged.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SettingsReader } from '../../settings/settings-reader.js';
import { VerificationReader } from '../../snapshots/verification/verification-reader.js';
import { SnapshotReader } from '../../snapshots/snapshot-reader.js';
import { RollbackHooks } from '../hooks/rollback-hooks.js';
import { RollbackEnding } from './rollback-ending.js';
import { JournalInRollbackLog } from './journal-in-rollback-log.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackTask } from '../rollback-task.js';

/** How often to look whether the captures that are running have ended. */
const LOOK_MS = 500;

/** The last part of a rollback: wait for captures, swap, keep or remove the previous state. */
@Injectable()
export class RollbackCutover {
  constructor(
    private readonly settings: SettingsReader,
    private readonly snapshots: SnapshotReader,
    private readonly verifications: VerificationReader,
    private readonly lifecycle: RollbackLifecycle,
    private readonly hooks: RollbackHooks,
    private readonly ending: RollbackEnding,
  ) {}

  async run(task: RollbackTask, staged: Staged, target: EnvironmentEntity): Promise<void> {
    const { log, progress } = task;
    await this.lifecycle.beginStep(log, 'cutover');
    const swap = async () => {
      await this.waitForCaptures(task);
      progress.report({ phase: 'cutover', message: 'Swapping' });
      // From here on the rollback goes through, whoever wants to stop the process.
      task.inCutover = true;
      const journal = new JournalInRollbackLog(this.lifecycle, log);
      return cutover(staged, { journal, hooks: this.hooks.of(log, target) });
    };
    const result = await inPhase('cutover', swap, (swapped) => ({ 'snapback.downtime_ms': swapped.downtimeMs }));
    task.swapped = true;
    const downtimeMs = Math.round(result.downtimeMs);
    progress.report({ phase: 'cleanup', message: 'Putting the previous state away' });
    const ended = {
      downtimeMs,
      keptDatabase: result.keptDatabase ?? null,
      keptDirectory: result.keptDirectory ?? null,
      warnings: [...task.warnings, ...warningsOf(result)],
      story: `Swapped in ${downtimeMs} ms.`,
    };
    await inPhase('cleanup', () => this.ending.completed(log, ended));
  }

  /** The swap ends every session of the database; a capture that is running would fail for it. */
  private async waitForCaptures({ log, signal, progress }: RollbackTask): Promise<void> {
    const { timeoutSeconds } = await this.settings.of(log.environmentId);
    const deadline = performance.now() + timeoutSeconds * 1000;
    const isFree = async (manager: EntityManager) =>
      !(await this.snapshots.isLiveCaptured(log.environmentId, manager)) &&
      // It gives way to us, within a moment.
      !(await this.verifications.isAnyBuilding(log.environmentId, manager));
    while (!(await this.lifecycle.enterCutover(log, isFree))) {
      if (performance.now() > deadline) {
        const message =
          'A snapshot of the environment was still running when the time for the rollback was up; nothing was changed.';
        throw new EngineError('cutover-failed', message);
      }
      progress.report({ phase: 'cutover', message: 'Waiting for a snapshot to end' });
      await setTimeout(LOOK_MS, undefined, { signal });
    }
    signal.throwIfAborted();
  }
}

function warningsOf({ warnings }: CutoverResult): Finding[] {
  return warnings.map((message) => ({ code: 'cutover', message }));
}
