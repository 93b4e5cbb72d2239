/** One thing the service needs: resolves when it works, rejects when it does not. */
export type Check = () => Promise<unknown>;

/** How long a check may take, in milliseconds, before the thing counts as down. */
export const CHECK_TIMEOUT_MS = 2000;

/** How long an answer counts, in milliseconds. Anybody may ask, and each look costs the vault three operations. */
export const READINESS_FRESH_MS = 3000;

/** Names of the things that are up and of those that are down. */
export interface Look {
  up: string[];
  down: string[];
}

interface ReadinessOptions {
  timeoutMs?: number;
  freshMs?: number;
  /** A clock in milliseconds that never goes back. */
  now?: () => number;
}

/**
 * Asks each thing the service needs whether it works, all at the same time, once for everybody who wants to
 * know meanwhile and shortly after, good or bad. A check that is still waiting is not started again: however
 * often somebody asks, what hangs is waited for once.
 */
export class Readiness {
  private readonly underWay = new Map<string, Promise<boolean>>();
  private readonly timeoutMs: number;
  private readonly freshMs: number;
  private readonly now: () => number;
  private last: { look: Promise<Look>; staleAt: number } | undefined;

  constructor(
    private readonly checks: Readonly<Record<string, Check>>,
    options: ReadinessOptions = {},
  ) {
    this.timeoutMs = options.timeoutMs ?? CHECK_TIMEOUT_MS;
    this.freshMs = options.freshMs ?? READINESS_FRESH_MS;
    this.now = options.now ?? (() => performance.now());
  }

  /** What was found out no longer ago than `freshMs`. Never rejects. */
  look(): Promise<Look> {
    if (this.last !== undefined && this.now() < this.last.staleAt) return this.last.look;
    // Whoever comes while it is under way gets it too, however long it takes.
    const last = { look: this.lookNow(), staleAt: Infinity };
    this.last = last;
    void last.look.then(() => (last.staleAt = this.now() + this.freshMs));
    return last.look;
  }

  private async lookNow(): Promise<Look> {
    const names = Object.keys(this.checks);
    const answers = await Promise.all(names.map((name) => this.answer(name)));
    return {
      up: names.filter((_, index) => answers[index]),
      down: names.filter((_, index) => !answers[index]),
    };
  }

  private async answer(name: string): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.timeoutMs);
    });
    try {
      return await Promise.race([this.started(name), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  private started(name: string): Promise<boolean> {
    const running = this.underWay.get(name) ?? this.start(name);
    this.underWay.set(name, running);
    return running;
  }

  private start(name: string): Promise<boolean> {
    return Promise.resolve()
      .then(() => this.checks[name]?.())
      .then(
        () => true,
        () => false,
      )
      .finally(() => this.underWay.delete(name));
  }
}
