import type { Logger } from '@nestjs/common';

/** How often trouble that goes on is told again (milliseconds). */
const TELL_AGAIN_MS = 60_000;
/** After so long without any it is over (milliseconds). Those who look least often look every ten seconds. */
const OVER_AFTER_MS = 30_000;

/**
 * Tells of trouble that comes many times a second for as long as its one cause lasts (a database that is away) in few lines: when it
 * begins, once a minute with how often it came, and when it is over.
 */
export class RepeatedTrouble {
  private readonly monotonic: () => number;
  private count = 0;
  private beganAt = 0;
  private lastAt = 0;
  private toldAt = 0;

  /** `what` is a sentence without its full stop; `clock` counts milliseconds. */
  constructor(
    private readonly logger: Pick<Logger, 'warn' | 'log'>,
    private readonly what: string,
    clock: () => number = () => performance.now(),
  ) {
    this.monotonic = clock;
  }

  /** It came once more. Of an error the message alone is told: a driver's carries its whole client, and the address, with it. */
  came(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const now = this.monotonic();
    if (this.count > 0 && now - this.lastAt > OVER_AFTER_MS) this.end();
    if (this.count === 0) this.beganAt = now;
    this.count += 1;
    this.lastAt = now;
    if (this.count === 1) {
      this.toldAt = now;
      this.logger.warn(`${this.what}: ${message}`);
    } else if (now - this.toldAt >= TELL_AGAIN_MS) {
      this.toldAt = now;
      this.logger.warn(`${this.what}, ${this.count} times in ${this.seconds(now)} s; the last time: ${message}`);
    }
  }

  /** What had failed went well. */
  wentWell(): void {
    if (this.count > 0) this.end();
  }

  private end(): void {
    this.logger.log(`Over: ${this.what}, ${this.count} times in ${this.seconds(this.lastAt)} s.`);
    this.count = 0;
  }

  private seconds(until: number): number {
    return Math.round((until - this.beganAt) / 1000);
  }
}
