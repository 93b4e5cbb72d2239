import type { SnapshotStep } from '../../contract/generated/types.gen.js';
import type { CapturePhase, PhaseWatcher } from '../../engine/progress.js';

/**
 * The steps of one attempt at a snapshot, written down as they begin and end: one at a time, and what has changed meanwhile together. How
 * the last ones have ended is not said here, but by how the snapshot does.
 */
export class CaptureSteps implements PhaseWatcher {
  private steps: SnapshotStep[] = [];
  private isWritten = true;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly write: (steps: readonly SnapshotStep[]) => Promise<void>,
    private readonly now: () => Date = () => new Date(),
  ) {}

  began(phase: CapturePhase): void {
    const present = this.steps.find(({ name }) => name === phase);
    if (present?.status === 'running') return;
    // The capture begins anew, without a base that turned out to be of no use.
    if (present !== undefined) this.steps = [];
    const startedAt = this.now().toISOString();
    this.steps.push({ name: phase, status: 'running', detail: null, startedAt, finishedAt: null });
    this.changed();
  }

  ended(phase: CapturePhase): void {
    this.end(phase, 'completed');
  }

  stopped(phase: CapturePhase): void {
    this.end(phase, 'cancelled');
  }

  /** All that was told is written down, or could not be. */
  async close(): Promise<void> {
    await this.writing;
  }

  private end(phase: CapturePhase, status: SnapshotStep['status']): void {
    const finishedAt = this.now().toISOString();
    this.steps = this.steps.map((step) => (step.name === phase ? { ...step, status, finishedAt } : step));
    this.changed();
  }

  private changed(): void {
    if (!this.isWritten) return;
    this.isWritten = false;
    // Steps that cannot be written down must not stop the work they are about.
    this.writing = this.writing.then(() => this.writePresent()).catch(() => undefined);
  }

  private async writePresent(): Promise<void> {
    this.isWritten = true;
    await this.write(this.steps);
  }
}
