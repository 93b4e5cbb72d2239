import { type DatabaseBase, nameKey } from './database-base.js';
import type { CapturedTable } from './inventory.js';
import { type BlockRange, bytesInRange, planSegments, type TableSize } from './segment-plan.js';
import type { TableShape } from './table-shapes.js';

/** What testing a range costs, compared with reading it out. */
const TEST_SHARE = 0.2;

/** A table with its number in the manifest. */
export interface NumberedTable {
  table: number;
  source: CapturedTable;
  size: TableSize;
  /** The SHA-256 of its shape; absent when it can never be carried over. */
  fingerprint?: string;
  /** Why it is read although there is a base. */
  reason?: string;
  /** Its number in the base's manifest, when it can be carried over from there. */
  baseTable?: number;
}

/** A range to read, unless its rows are the base's. */
export interface SegmentTask {
  of: NumberedTable;
  range: BlockRange;
  /** Rows the base had in the range. */
  baseRows?: number;
}

export interface SegmentPlan {
  tables: NumberedTable[];
  /** Longest first, so that no connection is left with a long one when the others are done. */
  tasks: SegmentTask[];
}

export interface PlanFacts {
  tables: readonly CapturedTable[];
  sizes: ReadonlyMap<number, TableSize>;
  shapes: ReadonlyMap<number, TableShape>;
  /** Left out when everything is read. */
  base?: DatabaseBase;
  segmentBytes?: number;
}

/** Decides what is read and what is compared with the base; pure. */
export function planTasks({ tables, sizes, shapes, base, segmentBytes }: PlanFacts): SegmentPlan {
  const plan: SegmentPlan = { tables: [], tasks: [] };
  for (const [table, source] of tables.entries()) {
    const size = sizes.get(source.oid) ?? { blocks: 0, bytes: 0 };
    const shape = shapes.get(source.oid);
    const obstacle = obstacleOf(source, shape);
    const fingerprint = obstacle === undefined ? shape?.fingerprint : undefined;
    const former = fingerprint === undefined ? undefined : base?.tables.get(fingerprint);
    const of: NumberedTable = {
      table,
      source,
      size,
      ...(fingerprint !== undefined && { fingerprint }),
      ...(former && { baseTable: former.table }),
      ...(base && !former && { reason: obstacle ?? whyUnknown(source, base) }),
    };
    plan.tables.push(of);
    if (former) {
      for (const { rows, ...range } of former.ranges) plan.tasks.push({ of, range, baseRows: rows });
    } else {
      const ranges = canDivide(source) ? planSegments(size, segmentBytes) : [{ fromBlock: 0 }];
      for (const range of ranges) plan.tasks.push({ of, range });
    }
  }
  const costs = new Map(plan.tasks.map((task) => [task, costOf(task)]));
  plan.tasks.sort((a, b) => costs.get(b)! - costs.get(a)!);
  return plan;
}

/** Ranges of blocks are the heap's, and what an extension says about its rows may be more than a condition. */
export function canDivide(table: CapturedTable): boolean {
  return table.isHeap && table.extensionCondition === null;
}

function obstacleOf(table: CapturedTable, shape: TableShape | undefined): string | undefined {
  if (table.extensionCondition !== null) return 'its extension says which of its rows are captured';
  if (!shape) return 'its definition could not be read';
  return shape.obstacle;
}

function whyUnknown(table: CapturedTable, base: DatabaseBase): string {
  return base.names.has(nameKey(table))
    ? 'it was rewritten, or something that shapes its text (a column, a type, a label, the server) changed since the base'
    : 'the base snapshot has no such table';
}

function costOf({ of, range, baseRows }: SegmentTask): number {
  return bytesInRange(of.size, range) * (baseRows === undefined ? 1 : TEST_SHARE);
}
