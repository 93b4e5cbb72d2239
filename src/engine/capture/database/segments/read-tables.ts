import type { Queries } from '../../../postgres/connection/queries.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import type { DatabaseAddress } from '../../../postgres/connection/database-address.js';
import { isRefusal, saysLockNotAvailable } from '../../../postgres/connection/postgres-errors.js';
import { searchPathValue, setPath } from '../../../postgres/sql/search-path.js';
import type { ContentsEntry, SegmentEntry } from '../../../../vault/manifests/manifest-database.js';
import { runTogether } from '../../../concurrency/run-together.js';
import { Turns } from '../../../concurrency/turns.js';
import type { ContentsSource } from '../tables/contents-inventory.js';
import { CONTENTS_BYTES, readTableContents } from './read-contents.js';
import { bytesInRange, planSegments, SEGMENT_BYTES } from './segment-plan.js';
import {
  emptyEntry,
  isEmpty,
  isUnchanged,
  readerHere,
  readOut,
  type RowsContext,
  type RowsReader,
  testRange,
} from './rows-into-vault.js';
import { canDivide, type SegmentTask } from './segment-tasks.js';
import { TableReader } from './table-reader.js';
import { unreadable } from './unreadable-table.js';
import type { RangeTest, WholeTable } from './whole-table.js';
import { WorkQueue } from '../../../concurrency/work-queue.js';

/** How far beyond its size a range without an end may grow before it is divided. */
const GROWN = 1.5;

export interface ReadTablesOptions extends RowsContext {
  /** PostgreSQL's name of the database's encoding. */
  encoding: string;
  address: DatabaseAddress;
  cut: Cut;
  /** Where names are looked for when an empty path does not do. */
  searchPath: readonly string[];
  /** Of the base; needed for tasks that have its rows. */
  horizon?: bigint;
  connections: number;
  segmentBytes?: number;
  /** `CONTENTS_BYTES` unless told. */
  contentsBytes?: number;
  onRead(entry: SegmentEntry): Promise<void>;
  onUnchanged(task: SegmentTask): void;
  onContents(entry: ContentsEntry): Promise<void>;
}

type Task = SegmentTask | { contents: ContentsSource };

/**
 * Works the tasks off over several connections: tests those that have a base, and reads out the others and those
 * whose rows have changed. What rows the contents have that are not captured is found out first: nothing keeps those from
 * being rewritten. Rejects with the first failure, which names the table, when all connections are closed.
 */
export async function readTables(
  tasks: readonly SegmentTask[],
  contents: readonly ContentsSource[],
  options: ReadTablesOptions,
  context: { signal: AbortSignal },
): Promise<void> {
  const all = [...contents.map((source) => ({ contents: source })), ...tasks];
  const work = new ReadersWork(all, options);
  const connections = Math.max(1, Math.min(options.connections, all.length));
  await runTogether(
    context.signal,
    Array.from({ length: connections }, () => (signal: AbortSignal) => work.run(signal)),
  );
}

class ReadersWork {
  private readonly queue: WorkQueue<Task>;
  /** Tables somebody waits to change: only the cut's own connection still gets at them. */
  private readonly contended = new Set<number>();
  private lead: Promise<unknown> = Promise.resolve();
  private readonly path: string;
  private readonly here: RowsReader;

  constructor(
    tasks: readonly Task[],
    private readonly options: ReadTablesOptions,
  ) {
    this.queue = new WorkQueue(tasks);
    this.path = searchPathValue(options.searchPath);
    this.here = readerHere(options.cut.client, options);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { address, cut, writer, rate, onBytes } = this.options;
    const reader = await TableReader.open(address, cut, { writer, rate, onBytes, signal });
    const turns = new Turns();
    try {
      await this.queue.work(async (task) => {
        signal.throwIfAborted();
        await turns.pass();
        if ('contents' in task) await this.lookAt(reader, task.contents);
        else await this.read(reader, task);
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      await reader.close();
    }
  }

  /** Whatever keeps it from being read leaves it unknown: it is no part of the snapshot. */
  private async lookAt(reader: TableReader, source: ContentsSource): Promise<void> {
    let entry: ContentsEntry | null = null;
    // Nothing says beforehand which of them need the path, as for tables; a failure costs a moment.
    for (const path of source.hasOpenTypes ? [''] : ['', this.path]) {
      try {
        await reader.touch(source.oid);
        entry = await this.under(path, reader.client, () =>
          readTableContents(reader.client, source, this.options.contentsBytes ?? CONTENTS_BYTES),
        );
        break;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (saysLockNotAvailable(error)) break;
      } finally {
        // Whoever wants to rewrite it need not wait until the end of the capture.
        await reader.rejoin();
      }
    }
    if (entry) await this.options.onContents(entry);
  }

  private async read(reader: TableReader, task: SegmentTask): Promise<void> {
    try {
      await this.handle(reader, task);
    } catch (error) {
      throw unreadable(error, task.of.source, this.options.address);
    }
  }

  private async handle(reader: TableReader, task: SegmentTask): Promise<void> {
    // Of very many tables most are empty, and then nobody need be asked.
    if (isEmpty(task)) {
      if (task.whole) return this.decide(task, task.whole, { rows: 0 });
      if (task.baseRows === 0) return this.options.onUnchanged(task);
      return this.options.onRead(emptyEntry(task));
    }
    if (task.whole?.isDecided) return;
    const { oid } = task.of.source;
    if (this.contended.has(oid)) return this.handleWithLead(task);
    try {
      await reader.touch(oid);
      await this.testOrRead(reader, task);
    } catch (error) {
      if (!saysLockNotAvailable(error)) throw error;
      this.contended.add(oid);
      await reader.rejoin();
      await this.handleWithLead(task);
    }
  }

  /** One after the other: it is one connection. */
  private handleWithLead(task: SegmentTask): Promise<void> {
    const done = this.lead.then(() => this.testOrRead(this.here, task));
    this.lead = done.catch(() => undefined);
    return done;
  }

  private async testOrRead(reader: RowsReader, task: SegmentTask): Promise<void> {
    const path = task.of.way === 'search-path' ? this.path : '';
    const { horizon, onRead, onUnchanged } = this.options;
    if (task.baseRows !== undefined || task.whole) {
      if (horizon === undefined) throw new TypeError('A segment can only be compared with a base that has a horizon.');
      if (task.whole) {
        const test = await this.under(path, reader.client, () => testRange(reader.client, task, horizon));
        return this.decide(task, task.whole, test);
      }
      if (await this.under(path, reader.client, () => isUnchanged(reader.client, task, horizon)))
        return onUnchanged(task);
      const parts = this.divide(task);
      if (parts.length > 1) return this.queue.addFirst(parts);
    }
    await reader.readyToCopy?.();
    await onRead(await this.under(path, reader.client, () => readOut(reader, task, this.options.encoding)));
  }

  /** What follows for the table that a task is a part of, now that its range has been tested. */
  private decide({ of }: SegmentTask, whole: WholeTable, test: RangeTest): void {
    const decision = whole.tested(test);
    if (decision === 'changed') this.queue.addFirst(whole.ranges.map((range) => ({ of, range })));
    if (decision !== 'unchanged') return;
    for (const { rows, ...range } of whole.base) this.options.onUnchanged({ of, range, baseRows: rows });
  }

  /** After a failure the client's transaction is at its end, and its path with it. */
  private async under<T>(path: string, client: Queries, work: () => Promise<T>): Promise<T> {
    if (path === '') return work();
    await setPath(client, path);
    const result = await work();
    await setPath(client, '');
    return result;
  }

  /** A range without an end that has grown becomes several, which have nothing to be compared with. */
  private divide({ of, range }: SegmentTask): SegmentTask[] {
    const target = this.options.segmentBytes ?? SEGMENT_BYTES;
    const grown = range.toBlock === undefined && bytesInRange(of.size, range) > GROWN * target;
    if (!grown || !canDivide(of)) return [];
    return planSegments(of.size, target, range.fromBlock).map((part) => ({ of, range: part }));
  }
}
