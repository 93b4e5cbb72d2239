/**
 * Work that several take from until there is none left; who works may find more. Nobody leaves as long as somebody
 * may still bring something.
 */
export class WorkQueue<T> {
  private readonly items: T[];
  private busy = 0;
  private waiting: (() => void)[] = [];

  constructor(items: readonly T[]) {
    this.items = items.toReversed();
  }

  /** To be done before what is there. */
  addFirst(items: readonly T[]): void {
    this.items.push(...items.toReversed());
    this.wake();
  }

  /** Works one item after the other, and resolves when all are done, also those of others. Rejects as `work` does. */
  async work(work: (item: T) => Promise<void>): Promise<void> {
    for (;;) {
      const item = this.items.pop();
      if (item === undefined) {
        if (this.busy === 0) return;
        await new Promise<void>((resolve) => this.waiting.push(resolve));
        continue;
      }
      this.busy += 1;
      try {
        await work(item);
      } finally {
        this.busy -= 1;
        if (this.busy === 0) this.wake();
      }
    }
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
