import type pg from 'pg';
import type { Cut } from '../../postgres/cut.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { sqlState } from '../../postgres/postgres-errors.js';
import type { SegmentEntry } from '../../../vault/manifest-database.js';
import { runTogether } from '../../run-together.js';
import { bytesInRange, planSegments, SEGMENT_BYTES } from './segment-plan.js';
import { isUnchanged, readOut, type SegmentContext } from './segment-reading.js';
import { canDivide, type SegmentTask } from './segment-tasks.js';
import { TableReader } from './table-reader.js';
import { WorkQueue } from './work-queue.js';

/** How far beyond its size a range without an end may grow before it is divided. */
const GROWN = 1.5;

export interface ReadSegmentsOptions extends SegmentContext {
  address: DatabaseAddress;
  cut: Cut;
  /** Of the base; needed for tasks that have its rows. */
  horizon?: bigint;
  connections: number;
  segmentBytes?: number;
  onRead(entry: SegmentEntry): Promise<void>;
  onUnchanged(task: SegmentTask): void;
}

/**
 * Works the tasks off over several connections: tests those that have a base, and reads out the others and those
 * whose rows have changed. Rejects with the first failure, when all connections are closed.
 */
export async function readSegments(
  tasks: readonly SegmentTask[],
  options: ReadSegmentsOptions,
  context: { signal: AbortSignal },
): Promise<void> {
  const work = new SegmentWork(tasks, options);
  const connections = Math.max(1, Math.min(options.connections, tasks.length));
  await runTogether(
    context.signal,
    Array.from({ length: connections }, () => (signal: AbortSignal) => work.run(signal)),
  );
}

class SegmentWork {
  private readonly queue: WorkQueue<SegmentTask>;
  /** Tables somebody waits to change: only the cut's own connection still gets at them. */
  private readonly contended = new Set<number>();
  private lead: Promise<unknown> = Promise.resolve();

  constructor(
    tasks: readonly SegmentTask[],
    private readonly options: ReadSegmentsOptions,
  ) {
    this.queue = new WorkQueue(tasks);
  }

  async run(signal: AbortSignal): Promise<void> {
    const reader = await TableReader.open(this.options.address, this.options.cut, { signal });
    try {
      await this.queue.work(async (task) => {
        signal.throwIfAborted();
        await this.handle(reader, task);
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      await reader.close();
    }
  }

  private async handle(reader: TableReader, task: SegmentTask): Promise<void> {
    const { oid } = task.of.source;
    if (this.contended.has(oid)) return this.handleWithLead(task);
    try {
      await reader.touch(oid);
      await this.testOrRead(reader.client, task);
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      this.contended.add(oid);
      await reader.rejoin();
      await this.handleWithLead(task);
    }
  }

  /** One after the other: it is one connection. */
  private handleWithLead(task: SegmentTask): Promise<void> {
    const done = this.lead.then(() => this.testOrRead(this.options.cut.client, task));
    this.lead = done.catch(() => undefined);
    return done;
  }

  private async testOrRead(client: pg.Client, task: SegmentTask): Promise<void> {
    const { horizon, onRead, onUnchanged } = this.options;
    if (task.baseRows !== undefined) {
      if (horizon === undefined) throw new TypeError('A segment can only be compared with a base that has a horizon.');
      if (await isUnchanged(client, task, horizon)) return onUnchanged(task);
      const parts = this.divide(task);
      if (parts.length > 1) return this.queue.addFirst(parts);
    }
    await onRead(await readOut(client, task, this.options));
  }

  /** A range without an end that has grown becomes several, which have nothing to be compared with. */
  private divide({ of, range }: SegmentTask): SegmentTask[] {
    const target = this.options.segmentBytes ?? SEGMENT_BYTES;
    const grown = range.toBlock === undefined && bytesInRange(of.size, range) > GROWN * target;
    if (!grown || !canDivide(of.source)) return [];
    return planSegments(of.size, target, range.fromBlock).map((part) => ({ of, range: part }));
  }
}

/** What a server says when `lock_timeout` has passed. */
const LOCK_NOT_AVAILABLE = '55P03';
