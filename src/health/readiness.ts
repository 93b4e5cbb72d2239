/** One thing the service needs: resolves when it works, rejects when it does not. */
export type Check = () => Promise<unknown>;

/** How long a check may take, in milliseconds, before the thing counts as down. */
export const CHECK_TIMEOUT_MS = 2000;

/**
 * Asks each thing the service needs whether it works, all at the same time. A check that is still
 * waiting is not started again: however often somebody asks, what hangs is waited for once.
 */
export class Readiness {
  private readonly underWay = new Map<string, Promise<boolean>>();

  constructor(
    private readonly checks: Readonly<Record<string, Check>>,
    private readonly timeoutMs: number = CHECK_TIMEOUT_MS,
  ) {}

  /** Names of the things that are up and of those that are down. Never rejects. */
  async look(): Promise<{ up: string[]; down: string[] }> {
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
