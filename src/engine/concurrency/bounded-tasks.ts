/**
 * Runs tasks side by side, never more than `limit`. Whoever starts one more waits for a place, so the
 * source of the tasks is read no faster than they are done. The first failure stops the others.
 */
export class BoundedTasks {
  private running = 0;
  private failure?: { error: unknown };
  /** Only one waits at a time: tasks are started from one loop. */
  private onChange?: () => void;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;

  constructor(
    private readonly limit: number,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.stop.signal]);
  }

  /**
   * Resolves when the task has been started. Its signal aborts with the caller's, or when another task
   * fails. Rejects with the first failure of an earlier task.
   */
  async start(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await this.until(() => this.running < this.limit || this.failure !== undefined);
    if (this.failure) throw this.failure.error;
    this.running += 1;
    void this.run(task);
  }

  /** Resolves when all tasks have ended well; rejects with the first failure, also when all have ended. */
  async finish(): Promise<void> {
    await this.until(() => this.running === 0);
    if (this.failure) throw this.failure.error;
  }

  /** Aborts the tasks and resolves when all have ended. */
  async abandon(reason: unknown): Promise<void> {
    this.stop.abort(reason);
    await this.until(() => this.running === 0);
  }

  private async run(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await task(this.signal);
    } catch (error) {
      this.failure ??= { error };
      this.stop.abort(error);
    }
    this.running -= 1;
    this.onChange?.();
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.onChange = resolve;
      });
    }
  }
}
