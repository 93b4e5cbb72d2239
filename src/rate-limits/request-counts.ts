/** What counting one more request has shown. */
export interface Count {
  /** Requests of this key in its present window, this one included. */
  used: number;
  /** In how many whole seconds, at least one, the window ends and everything begins anew. */
  resetSeconds: number;
}

/** Keys that are counted at the same time. More are forgotten, those first whose window ends soonest. */
export const MOST_COUNTED_KEYS = 100_000;

interface Window {
  used: number;
  endsAt: number;
}

/**
 * How many requests each key has made in its window, which begins with the first of them. In the memory of this
 * process: others count for themselves. Bounded: somebody with very many addresses makes it forget, which lets
 * requests through and shuts nobody out.
 */
export class RequestCounts {
  /** In the order in which the windows began, and so end. */
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly windowMs: number,
    private readonly mostKeys: number = MOST_COUNTED_KEYS,
  ) {}

  get size(): number {
    return this.windows.size;
  }

  /** Counts one more request at the time `now`, in milliseconds of a clock that never goes back. */
  count(key: string, now: number): Count {
    this.forgetEnded(now);
    const window = this.windows.get(key) ?? this.begin(key, now);
    window.used += 1;
    return { used: window.used, resetSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1000)) };
  }

  private begin(key: string, now: number): Window {
    if (this.windows.size >= this.mostKeys) this.forgetFirst();
    const window = { used: 0, endsAt: now + this.windowMs };
    this.windows.set(key, window);
    return window;
  }

  private forgetEnded(now: number): void {
    for (const [key, { endsAt }] of this.windows) {
      if (endsAt > now) return;
      this.windows.delete(key);
    }
  }

  private forgetFirst(): void {
    for (const key of this.windows.keys()) {
      this.windows.delete(key);
      return;
    }
  }
}
