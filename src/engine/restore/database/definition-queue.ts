/** Entries of the archive that are restored together, in this order. */
export interface DefinitionWork {
  ids: number[];
  /** What it locks, by numbers of the caller's choice. */
  tables: number[];
  /** True when nobody else may work on these tables meanwhile. */
  alone: boolean;
  /** False when it is worth a process of its own. */
  small: boolean;
}

/** Starting a program for each of thousands of small tables would take longer than their indexes do. */
const MAX_BATCH = 500;

interface Holders {
  count: number;
  alone: boolean;
}

/**
 * Work waiting for a lane, handed out so that two statements that would wait for each other's locks are never
 * under way at the same time: they would only occupy a lane, or end in a deadlock.
 */
export class DefinitionQueue {
  private readonly waiting: DefinitionWork[] = [];
  private readonly holders = new Map<number, Holders>();

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  add(...work: DefinitionWork[]): void {
    this.waiting.push(...work);
  }

  /** The next work that can be done now: one that is large, or several small ones; undefined when there is none. */
  take(): DefinitionWork[] | undefined {
    const first = this.waiting.findIndex((work) => this.isFree(work));
    if (first < 0) return undefined;
    const batch = this.waiting.splice(first, 1);
    if (batch[0]!.small) {
      // Judged before any of them is marked as held: within a batch they are done one after the other.
      const more = this.waiting.filter((work) => work.small && this.isFree(work)).slice(0, MAX_BATCH - 1);
      const taken = new Set(more);
      this.waiting.splice(0, this.waiting.length, ...this.waiting.filter((work) => !taken.has(work)));
      batch.push(...more);
    }
    for (const work of batch) for (const table of work.tables) this.hold(table, work.alone);
    return batch;
  }

  /** What `take` handed out has been done. */
  release(batch: readonly DefinitionWork[]): void {
    for (const { tables } of batch) {
      for (const table of tables) {
        const holders = this.holders.get(table)!;
        holders.count -= 1;
        if (holders.count === 0) this.holders.delete(table);
      }
    }
  }

  private isFree(work: DefinitionWork): boolean {
    return work.tables.every((table) => {
      const holders = this.holders.get(table);
      return !holders || (!work.alone && !holders.alone);
    });
  }

  private hold(table: number, alone: boolean): void {
    const holders = this.holders.get(table) ?? { count: 0, alone: false };
    holders.count += 1;
    holders.alone ||= alone;
    this.holders.set(table, holders);
  }
}
