import { createHash } from 'node:crypto';

/** How long one thing may take before it is thought to wait for another one's lock (milliseconds). */
const BLOCKED_AFTER_MS = 4;

/** Numbers that look random and are the same for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let count = 0;
  return (below) => createHash('sha256').update(`${seed} ${count++}`).digest().readUInt32BE() % below;
}

/** Lets one of several actors take one step at a time, in random order. */
export class Turnstile {
  private readonly waiting: { go: () => void }[] = [];
  private running = 0;
  private failure: unknown;
  private change = Promise.withResolvers<void>();
  readonly steps: string[] = [];

  constructor(private readonly random: (below: number) => number) {}

  /** Starts an actor; what it throws is kept for `finish()`. */
  start(work: () => Promise<void>): void {
    this.running += 1;
    void work()
      .catch((error: unknown) => (this.failure ??= error))
      .finally(() => {
        this.running -= 1;
        this.notify();
      });
  }

  /** To be awaited by an actor before each of its steps. */
  readonly turn = async (actor: string, what: string): Promise<void> => {
    const turn = Promise.withResolvers<void>();
    this.waiting.push({
      go: () => {
        this.steps.push(`${actor}: ${what.replaceAll(/\s+/g, ' ').slice(0, 90)}`);
        turn.resolve();
      },
    });
    this.notify();
    await turn.promise;
  };

  /** Gives turns until all actors are done; `after` is called after each step. Throws what an actor threw. */
  async finish(after: () => Promise<void>): Promise<void> {
    while (this.running > 0 && this.failure === undefined) {
      // Everybody waits here, except those who wait for somebody's lock.
      const deadline = Date.now() + BLOCKED_AFTER_MS;
      while (this.waiting.length < this.running && (this.waiting.length === 0 || Date.now() < deadline)) {
        const timer = Promise.withResolvers<void>();
        const handle = setTimeout(timer.resolve, BLOCKED_AFTER_MS);
        await Promise.race([this.change.promise, timer.promise]);
        clearTimeout(handle);
        if (this.running === 0) break;
      }
      await after();
      if (this.waiting.length === 0) continue;
      const [next] = this.waiting.splice(this.random(this.waiting.length), 1);
      next?.go();
    }
    // Whoever still waits must not be left behind.
    while (this.running > 0) {
      for (const { go } of this.waiting.splice(0)) go();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (this.failure !== undefined) throw this.failure;
  }

  private notify(): void {
    const { resolve } = this.change;
    this.change = Promise.withResolvers<void>();
    resolve();
  }
}
