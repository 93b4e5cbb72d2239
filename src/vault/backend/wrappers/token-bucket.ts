import { setTimeout as pause } from 'node:timers/promises';

export interface TokenBucketOptions {
  bytesPerSecond: number;
  /** How much may pass at once after a time of rest; default what passes in a second. */
  burstBytes?: number;
  /** Milliseconds, never going back, and the same on all threads. For tests. */
  now?: () => number;
  /** Waits. For tests. */
  sleep?: (ms: number) => Promise<unknown>;
}

/** A bucket as it is handed to another thread. */
export interface SharedBucket {
  bytesPerSecond: number;
  burstBytes: number;
  paidUntil: SharedArrayBuffer;
}

const NS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1_000;

/**
 * Lets a number of bytes a second pass, over all threads that share it. Whoever takes more than there is goes into debt and waits until
 * it is paid, so that any amount can be taken at once and the next in line waits for it, in the order of asking.
 *
 * It is one number: until when what has passed pays for the time, in nanoseconds; the past is as good as what can be saved.
 */
export class TokenBucket {
  private readonly paidUntil: BigInt64Array;
  private readonly burst: number;

  constructor(
    private readonly options: TokenBucketOptions,
    shared?: SharedArrayBuffer,
  ) {
    if (!(options.bytesPerSecond > 0)) throw new RangeError('A rate is a positive number of bytes a second.');
    this.burst = options.burstBytes ?? options.bytesPerSecond;
    this.paidUntil = new BigInt64Array(shared ?? new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
    if (shared === undefined) this.paidUntil[0] = this.now() - this.nanoseconds(this.burst);
  }

  static of({ bytesPerSecond, burstBytes, paidUntil }: SharedBucket): TokenBucket {
    return new TokenBucket({ bytesPerSecond, burstBytes }, paidUntil);
  }

  get shared(): SharedBucket {
    return {
      bytesPerSecond: this.options.bytesPerSecond,
      burstBytes: this.burst,
      paidUntil: this.paidUntil.buffer as SharedArrayBuffer,
    };
  }

  /** Resolves when the bytes may have passed. */
  async take(bytes: number): Promise<void> {
    const now = this.now();
    const saved = this.nanoseconds(this.burst);
    for (;;) {
      const before = Atomics.load(this.paidUntil, 0);
      const earliest = now - saved;
      const after = (before > earliest ? before : earliest) + this.nanoseconds(bytes);
      if (Atomics.compareExchange(this.paidUntil, 0, before, after) !== before) continue;
      const debt = Number(after - now) / NS_PER_MS;
      if (debt > 0) await (this.options.sleep ?? pause)(debt);
      return;
    }
  }

  private nanoseconds(bytes: number): bigint {
    return BigInt(Math.round((bytes / this.options.bytesPerSecond) * MS_PER_SECOND * NS_PER_MS));
  }

  private now(): bigint {
    const { now } = this.options;
    return now ? BigInt(Math.round(now() * NS_PER_MS)) : process.hrtime.bigint();
  }
}
