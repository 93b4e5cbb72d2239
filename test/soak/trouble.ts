import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../faults/vault/random.js';
import type { KeptAlive, Stage } from './stage.js';

/** How long the service is left alone between two blows (milliseconds). */
const PAUSE_MS = [2_000, 15_000] as const;
/** How long what is away stays away, and who is stopped stands still (milliseconds). */
const AWAY_MS = [2_000, 40_000] as const;

export const TROUBLES = {
  'worker killed': 5,
  'worker told to stop': 2,
  'worker stands still': 4,
  'API killed': 2,
  'API stands still': 1,
  'state database away': 2,
  'state database crashes': 2,
  'environments’ server crashes': 2,
  'bucket away': 3,
  'bucket is slow and drops answers': 2,
} as const;
export type Trouble = keyof typeof TROUBLES;

/** Breaks one thing after the other until it is told to stop; then everything is whole again. */
export class Troublemaker {
  readonly counts = new Map<Trouble, number>();
  private readonly ending = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly stage: Stage,
    private readonly random: Random,
    private readonly say: (line: string) => void,
  ) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await this.pause(PAUSE_MS);
      if (this.ending.signal.aborted) return;
      const trouble = this.random.weighted<Trouble>(TROUBLES);
      this.counts.set(trouble, (this.counts.get(trouble) ?? 0) + 1);
      this.say(trouble);
      await this.make(trouble);
    }
  }

  private async make(trouble: Trouble): Promise<void> {
    const { stage } = this;
    const { faults } = stage.bucket;
    switch (trouble) {
      case 'worker killed':
        return this.one('worker')?.signal('SIGKILL');
      case 'worker told to stop':
        return this.one('worker')?.signal('SIGTERM');
      case 'API killed':
        return this.one('api')?.signal('SIGKILL');
      case 'worker stands still':
        return this.standStill(this.one('worker'));
      case 'API stands still':
        return this.standStill(this.one('api'));
      case 'state database away':
        await stage.state.stop(this.random.chance(0.5) ? 'fast' : 'immediate');
        await this.pause(AWAY_MS);
        return stage.state.restart();
      case 'state database crashes':
        return stage.state.restart('immediate');
      case 'environments’ server crashes':
        return stage.servers.restart('immediate');
      case 'bucket away':
        faults.add({ fault: { kind: 'drop' }, times: Infinity });
        await this.pause(AWAY_MS);
        return faults.clear();
      case 'bucket is slow and drops answers':
        for (let count = 0; count < 20; count += 1) {
          const fault = this.random.pick([
            { kind: 'status', status: 503, code: 'SlowDown' },
            { kind: 'drop-answer' },
            { kind: 'cut-body' },
            { kind: 'slow', ms: 2_000 },
          ] as const)!;
          faults.add({ fault, skip: this.random.between(0, 10) });
        }
        await this.pause(AWAY_MS);
        return faults.clear();
    }
  }

  private one(role: KeptAlive['role']): KeptAlive | undefined {
    return this.random.pick(this.stage.processes.filter((each) => each.role === role && each.current !== undefined));
  }

  private async standStill(which: KeptAlive | undefined): Promise<void> {
    const process = which?.current;
    which?.signal('SIGSTOP');
    await this.pause(AWAY_MS);
    if (which?.current === process) which?.signal('SIGCONT');
  }

  private async pause([least, most]: readonly [number, number]): Promise<void> {
    const { signal } = this.ending;
    await sleep(this.random.between(least, most), undefined, { signal }).catch(() => undefined);
  }
}
