import { hash } from 'node:crypto';
import type { Caller } from '../caller.js';

/** Callers in a minute are fewer; what is more is checked each time. */
const MOST_TOKENS = 10_000;
/** For how long nobody checks again what does not change: claims and signature (milliseconds). */
const HOLDS_MS = 60_000;

interface Verdict {
  caller: Caller;
  /** What it was checked with. */
  keys: object;
  /** By the clock that never goes back. */
  until: number;
}

/**
 * Who speaks by which token, of those that were found good a moment ago: a client sends the same one with each request, and its
 * signature costs more than all the rest of the check. Nothing is kept of what was refused. A verdict holds for the set of keys it was
 * made with, so that a key that is withdrawn takes its tokens along; for a minute at the most; and never beyond the token's own end.
 * Tokens themselves are not kept, only what they hash to.
 */
export class VerifiedTokens {
  /** In the order in which they were checked, and so end. */
  private readonly verdicts = new Map<string, Verdict>();

  constructor(
    /** The keys that tokens are checked with now, the same object as long as they are the same; undefined while there are none. */
    private readonly keysOfNow: () => object | undefined,
    private readonly mostTokens: number = MOST_TOKENS,
  ) {}

  get size(): number {
    return this.verdicts.size;
  }

  /** Whose token this is: as it was found out a moment ago, or as `check` finds out, which rejects when it is nobody's. */
  async callerOf(token: string, check: () => Promise<Caller>): Promise<Caller> {
    const name = hash('sha256', token, 'base64');
    // Those of when the check begins: what it is made with may only be newer, and then the verdict is not found again.
    const keys = this.keysOfNow();
    const verdict = this.verdicts.get(name);
    if (verdict !== undefined && verdict.keys === keys && holds(verdict)) return verdict.caller;
    const caller = await check();
    if (keys !== undefined) this.keep(name, { caller, keys, until: performance.now() + HOLDS_MS });
    return caller;
  }

  private keep(name: string, verdict: Verdict): void {
    // Last in the order again.
    this.verdicts.delete(name);
    for (const [oldest, { until }] of this.verdicts) {
      if (performance.now() < until && this.verdicts.size < this.mostTokens) break;
      this.verdicts.delete(oldest);
    }
    this.verdicts.set(name, verdict);
  }
}

/** Without the tolerance for clocks that the check itself has: near its end a token is checked each time. */
function holds({ until, caller }: Verdict): boolean {
  return performance.now() < until && Date.now() < caller.expiresAt.getTime();
}
