import { setTimeout as pause } from 'node:timers/promises';

export interface TokenBucketOptions {
  bytesPerSecond: number;
  /** How much may pass at once after a time of rest; default what passes in a second. */
  burstBytes?: number;
  /** Milliseconds, never going back. For tests. */
  now?: () => number;
  /** Waits. For tests. */
  sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Lets a number of bytes a second pass. Whoever takes more than there is goes into debt and waits until it is paid, so that
 * any amount can be taken at once and the next in line waits for it, in the order of asking.
 */
export class TokenBucket {
  private tokens: number;
  private countedAt: number;
  private readonly burst: number;

  constructor(private readonly options: TokenBucketOptions) {
    if (!(options.bytesPerSecond > 0)) throw new RangeError('A rate is a positive number of bytes a second.');
    this.burst = options.burstBytes ?? options.bytesPerSecond;
    this.tokens = this.burst;
    this.countedAt = this.now();
  }

  /** Resolves when the bytes may have passed. */
  async take(bytes: number): Promise<void> {
    const now = this.now();
    const earned = ((now - this.countedAt) / 1000) * this.options.bytesPerSecond;
    this.tokens = Math.min(this.burst, this.tokens + earned) - bytes;
    this.countedAt = now;
    if (this.tokens < 0) await (this.options.sleep ?? pause)((-this.tokens / this.options.bytesPerSecond) * 1000);
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}
