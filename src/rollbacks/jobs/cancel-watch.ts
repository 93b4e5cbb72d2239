import { RollbackCancelled } from '../rollback-lifecycle.js';

/** How often a running rollback looks whether it should go on (milliseconds). */
const LOOK_MS = 1000;

/** Aborts its signal when somebody calls the rollback off. */
export class CancelWatch implements Disposable {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(outer: AbortSignal, isCancelled: () => Promise<boolean>) {
    this.signal = AbortSignal.any([outer, this.controller.signal]);
    this.timer = setInterval(() => {
      isCancelled().then(
        (cancelled) => cancelled && this.controller.abort(new RollbackCancelled()),
        // The database does not answer: look again. Before it swaps, the rollback asks once more.
        () => undefined,
      );
    }, LOOK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }
}
