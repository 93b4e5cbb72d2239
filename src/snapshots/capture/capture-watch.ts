import { CancelRequested, ClaimLost, TimedOut } from './capture-interruption.js';
import type { SnapshotEntity } from '../snapshot.entity.js';

/** How often a running capture looks whether it should go on. */
const LOOK_MS = 1000;

interface WatchOptions {
  snapshot: SnapshotEntity;
  timeoutSeconds: number;
  /** Stops the capture too: shutdown, or the rollback it is part of. */
  outer: AbortSignal;
  read: () => Promise<SnapshotEntity | null>;
}

/**
 * Watches over one running capture: aborts its signal when somebody cancels it, when it takes too long,
 * or when it is no longer this worker's.
 */
export class CaptureWatch implements Disposable {
  private readonly controller = new AbortController();
  private readonly timeout: NodeJS.Timeout;
  private readonly look: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(private readonly options: WatchOptions) {
    this.signal = AbortSignal.any([options.outer, this.controller.signal]);
    this.timeout = setTimeout(
      () => this.controller.abort(new TimedOut(options.timeoutSeconds)),
      options.timeoutSeconds * 1000,
    );
    this.look = setInterval(() => void this.check(), LOOK_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timeout);
    clearInterval(this.look);
  }

  private async check(): Promise<void> {
    const { snapshot, read } = this.options;
    try {
      const now = await read();
      if (now === null || now.status !== 'running' || now.attempt !== snapshot.attempt) {
        this.controller.abort(new ClaimLost());
      } else if (now.cancelRequested) {
        this.controller.abort(new CancelRequested());
      }
    } catch {
      // The database does not answer: look again. The capture itself notices when it matters.
    }
  }
}
