import type { RollbackStep } from '../../contract/generated/types.gen.js';
import type { ProgressSink, ProgressUpdate } from '../../engine/progress.js';
import type { RollbackLifecycle } from '../rollback-lifecycle.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';

type StagingStep = Extract<RollbackStep['name'], 'stage-database' | 'stage-filestore'>;

/**
 * Staging is one call to the engine and two steps in the log: this turns the engine's change of phase
 * into the end of one step and the beginning of the next.
 */
export class StagingSteps implements ProgressSink {
  private current: StagingStep | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly lifecycle: RollbackLifecycle,
    private readonly log: RollbackLogEntity,
    private readonly progress: ProgressSink,
  ) {}

  async begin(step: StagingStep): Promise<void> {
    this.current = step;
    await this.lifecycle.beginStep(this.log, step);
  }

  report(update: ProgressUpdate): void {
    if (update.phase === 'prepare') return;
    this.progress.report(update);
    const { phase } = update;
    if (phase !== 'stage-filestore' || this.current === phase) return;
    this.current = phase;
    this.writing = this.writing.then(async () => {
      await this.lifecycle.endStep(this.log, 'completed');
      await this.lifecycle.beginStep(this.log, phase);
    });
    // The failure is met in end(); until then nobody else is waiting for it.
    this.writing.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.writing;
    await this.lifecycle.endStep(this.log, 'completed');
  }
}
