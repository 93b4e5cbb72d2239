import { setTimeout as pause } from 'node:timers/promises';
import { BackendError } from '../backend-error.js';

export interface RetryOptions {
  /** How often something is tried altogether, default 6. */
  maxAttempts?: number;
  /** No new attempt begins so long after the first one, default 120,000. */
  maxElapsedMs?: number;
  /** The longest pause before the second attempt; it doubles with each attempt. Default 100. */
  baseDelayMs?: number;
  /** No pause is longer, default 10,000. */
  maxDelayMs?: number;
  /** Ends the pauses, and with them the attempts: the call rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Told before each pause, for a log. */
  onRetry?: (attempt: number, delayMs: number, error: BackendError) => void;
  /** Waits. For tests; default: the clock. */
  sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** 0 ≤ x < 1. For tests. */
  random?: () => number;
  /** Milliseconds. For tests. */
  now?: () => number;
}

/** An object that is too short so often in one call is too short: no answer was cut off then. */
const MAX_TRUNCATED = 3;

/**
 * The attempts of one call. `failed()` either waits until it is time for the next one, or throws the error it was given.
 *
 * Pauses grow exponentially and are drawn from zero up to their bound ("full jitter"), so that many
 * callers that failed together do not come back together: M. Brooker, "Exponential Backoff and Jitter", AWS
 * Architecture Blog, 2015.
 */
export class Attempts {
  private failures = 0;
  private truncated = 0;
  private readonly startedAt: number;

  constructor(private readonly options: RetryOptions) {
    this.startedAt = this.now();
  }

  async failed(error: unknown): Promise<void> {
    const { maxAttempts = 6, maxElapsedMs = 120_000, baseDelayMs = 100, maxDelayMs = 10_000 } = this.options;
    const { signal, sleep = wait, random = Math.random, onRetry } = this.options;
    this.failures += 1;
    if (!isWorthRetrying(error) || this.failures >= maxAttempts) throw error;
    if (error.code === 'truncated' && (this.truncated += 1) >= MAX_TRUNCATED) throw error;
    const delayMs = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (this.failures - 1));
    if (this.now() - this.startedAt + delayMs >= maxElapsedMs) throw error;
    signal?.throwIfAborted();
    onRetry?.(this.failures, delayMs, error);
    await sleep(delayMs, signal);
    signal?.throwIfAborted();
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

/** Does something until it succeeds, its error is not worth another attempt, or the attempts are used up. */
export async function retrying<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const attempts = new Attempts(options);
  options.signal?.throwIfAborted();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await attempts.failed(error);
    }
  }
}

/** 'truncated' too: an answer may be cut short by something on the way. */
function isWorthRetrying(error: unknown): error is BackendError {
  return error instanceof BackendError && (error.code === 'unavailable' || error.code === 'truncated');
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // An abort is reported by the caller, with the signal's own reason.
  await pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
