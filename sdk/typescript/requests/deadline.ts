/** Timers of browsers and of Node hold no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time one call has, and whoever may cancel it: one signal for both, and what to wait for beside it. */
export class Deadline {
  private readonly ending = new AbortController();
  private readonly timer: ReturnType<typeof setTimeout> | undefined;
  private readonly endsAt: number;
  private readonly cancelled: AbortSignal | undefined;
  passed = false;

  constructor(timeoutMs: number, cancelled?: AbortSignal) {
    this.endsAt = Date.now() + timeoutMs;
    if (timeoutMs <= LONGEST_TIMER_MS) this.timer = setTimeout(() => this.pass(), timeoutMs);
    this.cancelled = cancelled;
    if (cancelled?.aborted === true) this.cancel();
    else cancelled?.addEventListener('abort', this.cancel);
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get leftMs(): number {
    return this.endsAt - Date.now();
  }

  /** What the work brings; rejects as soon as the signal does, also when the work takes no notice of that. */
  async race<T>(work: Promise<T>): Promise<T> {
    let leave: (() => void) | undefined;
    const ended = new Promise<never>((_, reject) => {
      leave = () => reject(this.signal.reason);
      if (this.signal.aborted) leave();
      else this.signal.addEventListener('abort', leave);
    });
    try {
      return await Promise.race([work, ended]);
    } finally {
      if (leave !== undefined) this.signal.removeEventListener('abort', leave);
    }
  }

  async pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await this.race(over).finally(() => clearTimeout(timer));
  }

  /** There is no time limit any more. */
  stopClock(): void {
    clearTimeout(this.timer);
  }

  /** Nothing is left of it; what still goes on under its signal goes on. */
  clear(): void {
    this.stopClock();
    this.cancelled?.removeEventListener('abort', this.cancel);
  }

  /** The same, and ends what goes on. */
  end(): void {
    this.clear();
    this.ending.abort();
  }

  private pass(): void {
    this.passed = true;
    this.ending.abort(new DOMException('The time is up.', 'TimeoutError'));
  }

  private readonly cancel = (): void => this.ending.abort(this.cancelled?.reason);
}
