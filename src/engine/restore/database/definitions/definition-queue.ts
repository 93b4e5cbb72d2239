import type { ScriptEntry } from '../script/script-entry.js';

/** Entries that are restored together, in this order. */
export interface DefinitionWork {
  entries: ScriptEntry[];
  /** What it locks, by numbers of the caller's choice. */
  tables: number[];
  /** True when nobody else may work on these tables meanwhile. */
  alone: boolean;
  /** COPY text of the tables it reads: how long it may take. */
  bytes: number;
}

/** Work on less is done together: asking for each of thousands of small tables by itself would take longer than their indexes. */
export const BATCH_BYTES = 16 * 1024 * 1024;
/** Even when there are no bytes at all. */
const BATCH_WORK = 200;

interface Holders {
  count: number;
  alone: boolean;
}

/**
 * Work waiting for a session, handed out so that two statements that would wait for each other's locks are never
 * under way at the same time: they would only occupy a session, or end in a deadlock.
 */
export class DefinitionQueue {
  private waiting: DefinitionWork[] = [];
  private readonly holders = new Map<number, Holders>();

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** What takes longest is handed out first, so that no session is at something long when all others have nothing left. */
  add(...work: DefinitionWork[]): void {
    for (const one of work) {
      const behind = this.waiting.findLastIndex(({ bytes }) => bytes >= one.bytes);
      this.waiting.splice(behind + 1, 0, one);
    }
  }

  /**
   * The next work that can be done now, as much of it as is worth asking for; undefined when there is none. While more
   * is to come, less than that is left waiting for it.
   */
  take(options: { moreToCome: boolean }): DefinitionWork[] | undefined {
    const batch: DefinitionWork[] = [];
    let bytes = 0;
    const isFull = () => batch.length >= BATCH_WORK || bytes >= BATCH_BYTES;
    const kept = this.waiting.filter((work) => {
      // Judged before any of them is marked as held: within a batch they are done one after the other.
      if (isFull() || !this.isFree(work)) return true;
      batch.push(work);
      bytes += work.bytes;
      return false;
    });
    if (batch.length === 0 || (options.moreToCome && !isFull())) return undefined;
    this.waiting = kept;
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
