import type { Logger } from '@nestjs/common';
import { forNobody } from '../request-context/request-context.js';

/** How often trouble that goes on is told again (milliseconds). */
const TELL_AGAIN_MS = 60_000;
/** After so long without any it is over (milliseconds). Those who look least often look every ten seconds. */
const OVER_AFTER_MS = 30_000;

export interface RepeatedTroubleOptions {
  /** Counts milliseconds. */
  clock?: () => number;
  /** After so long without any it is over (milliseconds); of what only `wentWell` can end, `Infinity`. */
  overAfterMs?: number;
  /** Nobody says that it went well: it is over when none has come for so long. */
  endsByItself?: boolean;
}

/**
 * Tells of trouble that comes many times a second for as long as its one cause lasts (a database that is away) in few lines: when it
 * begins, once a minute with how often it came, and when it is over.
 */
export class RepeatedTrouble {
  private readonly monotonic: () => number;
  private readonly overAfterMs: number;
  private readonly endsByItself: boolean;
  private timer: NodeJS.Timeout | undefined;
  private count = 0;
  private beganAt = 0;
  private lastAt = 0;
  private toldAt = 0;

  /** `what` is a sentence without its full stop. */
  constructor(
    private readonly logger: Pick<Logger, 'warn' | 'log'>,
    private readonly what: string,
    options: RepeatedTroubleOptions = {},
  ) {
    this.monotonic = options.clock ?? (() => performance.now());
    this.overAfterMs = options.overAfterMs ?? OVER_AFTER_MS;
    this.endsByItself = options.endsByItself ?? false;
  }

  /** It came once more. Of an error the message alone is told: a driver's carries its whole client, and the address, with it. */
  came(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const now = this.monotonic();
    if (this.count > 0 && now - this.lastAt > this.overAfterMs) this.end();
    if (this.count === 0) this.beganAt = now;
    this.count += 1;
    this.lastAt = now;
    if (this.endsByItself && this.timer === undefined) this.lookAgainAfter(this.overAfterMs);
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

  private lookAgainAfter(ms: number): void {
    // Whoever met it first has nothing to do with how long it lasts.
    this.timer = forNobody(() => setTimeout(() => this.endIfQuiet(), ms)).unref();
  }

  private endIfQuiet(): void {
    this.timer = undefined;
    if (this.count === 0) return;
    const left = this.overAfterMs - (this.monotonic() - this.lastAt);
    if (left > 0) this.lookAgainAfter(left);
    else this.end();
  }

  private end(): void {
    this.logger.log(`Over: ${this.what}, ${this.count} times in ${this.seconds(this.lastAt)} s.`);
    this.count = 0;
  }

  private seconds(until: number): number {
    return Math.round((until - this.beganAt) / 1000);
  }
}
