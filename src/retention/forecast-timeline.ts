import { ruleKey } from '../calendar/cron-rule.js';
import type { CronRule } from '../calendar/cron-rule.js';
import { lastExpectedRun } from './expected-runs.js';
import type { DatedSnapshot, Timeline } from './keep-rules.js';

/**
 * The present snapshots of an environment and, newer than all of them, those that its schedule will take until a day to come: each of them is made
 * up when it is asked for.
 */
export class ForecastTimeline implements Timeline {
  constructor(
    private readonly present: Timeline,
    private readonly entries: readonly CronRule[],
    private readonly now: Date,
    private readonly at: Date,
  ) {}

  async newest(count: number): Promise<DatedSnapshot[]> {
    return this.withPresent(this.last(this.entries, count), count, (rest) => this.present.newest(rest));
  }

  async newestBefore(moment: Date | null): Promise<DatedSnapshot | null> {
    const run = lastExpectedRun(this.entries, this.now, moment ?? new Date(this.at.getTime() + 1));
    return run === null ? this.present.newestBefore(moment) : expected(run.at);
  }

  /** What is expected can be restored: nobody asks for another one of its period. */
  async newestRestorable(from: Date, before: Date | null): Promise<DatedSnapshot | null> {
    return this.present.newestRestorable(from, before);
  }

  async oldest(): Promise<DatedSnapshot | null> {
    return this.present.oldest();
  }

  async newestOfRule(rule: string, count: number): Promise<DatedSnapshot[]> {
    const own = this.entries.filter((entry) => ruleKey(entry) === rule);
    return this.withPresent(this.last(own, count), count, (rest) => this.present.newestOfRule(rule, rest));
  }

  private last(entries: readonly CronRule[], count: number): DatedSnapshot[] {
    const found: DatedSnapshot[] = [];
    let before = new Date(this.at.getTime() + 1);
    while (found.length < count) {
      const run = lastExpectedRun(entries, this.now, before);
      if (run === null) break;
      found.push(expected(run.at));
      before = run.at;
    }
    return found;
  }

  private async withPresent(
    to: DatedSnapshot[],
    count: number,
    present: (rest: number) => Promise<DatedSnapshot[]>,
  ): Promise<DatedSnapshot[]> {
    return to.length < count ? [...to, ...(await present(count - to.length))] : to;
  }
}

const EXPECTED = 'expected ';

/** No id of a snapshot looks like this. */
function expected(at: Date): DatedSnapshot {
  return { id: `${EXPECTED}${at.toISOString()}`, createdAt: at, restorable: true };
}

/** When a snapshot is expected, by its id; null for one that there is. */
export function expectedAt(id: string): Date | null {
  return id.startsWith(EXPECTED) ? new Date(id.slice(EXPECTED.length)) : null;
}
