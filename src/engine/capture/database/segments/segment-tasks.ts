import { type BaseEntries, type BaseTable, carryOver, type DatabaseBase } from '../history/database-base.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';
import { bareCondition, type CapturedTable } from '../tables/inventory.js';
import type { ReadingWay } from '../tables/reading-ways.js';
import { type BlockRange, bytesInRange, planSegments, type TableSize } from './segment-plan.js';
import { WholeTable } from './whole-table.js';
import type { TableShape } from '../shapes/table-shapes.js';
import type { SegmentEntry, TableEntry } from '../../../../vault/manifests/manifest-database.js';

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
  /** How it is read, when not as others are. */
  way?: ReadingWay['way'];
  /** Its number in the base's manifest, when it can be carried over from there. */
  baseTable?: number;
}

/** A range to read, unless its rows are the base's. */
export interface SegmentTask {
  of: NumberedTable;
  range: BlockRange;
  /** Rows the base had in the range. */
  baseRows?: number;
  /** Whether the rows of all ranges of its table together are the base's. */
  whole?: WholeTable;
}

export interface SegmentPlan {
  tables: NumberedTable[];
  /** Longest first, so that no connection is left with a long one when the others are done. */
  tasks: SegmentTask[];
}

export interface PlanFacts {
  tables: readonly CapturedTable[];
  /** Measured, of every table: what has no block is not read. */
  sizes: ReadonlyMap<number, TableSize>;
  shapes: ReadonlyMap<number, TableShape>;
  /** Of those tables that cannot be read as others are. */
  ways?: ReadonlyMap<number, ReadingWay>;
  /** Left out when everything is read. */
  base?: DatabaseBase;
  segmentBytes?: number;
}

/** Decides what is read and what is compared with the base; pure. Throws `TypeError` for a table whose size is not known. */
export function planTasks({ tables, sizes, shapes, ways, base, segmentBytes }: PlanFacts): SegmentPlan {
  const plan: SegmentPlan = { tables: [], tasks: [] };
  for (const [table, source] of tables.entries()) {
    const size = sizes.get(source.oid);
    if (!size)
      throw new TypeError(`The size of table "${source.name}" was not measured, so its rows cannot be left out.`);
    const shape = shapes.get(source.oid);
    const way = ways?.get(source.oid)?.way;
    const obstacle = obstacleOf(source, shape, way);
    const fingerprint = obstacle === undefined ? shape?.fingerprint : undefined;
    const same = fingerprint === undefined ? undefined : base?.tables.get(fingerprint);
    const former = same && saysEnough(same, source) ? same : undefined;
    const of: NumberedTable = {
      table,
      source,
      size,
      ...(fingerprint !== undefined && { fingerprint }),
      ...(way && { way }),
      ...(former && { baseTable: former.table }),
      ...(base && !former && { reason: obstacle ?? (same ? NO_DIGESTS : whyUnknown(source, base)) }),
    };
    plan.tables.push(of);
    if (former?.isWhole) {
      const whole = new WholeTable(former.ranges, planSegments(size, segmentBytes));
      for (const range of whole.ranges) plan.tasks.push({ of, range, whole });
    } else if (former) {
      for (const { rows, ...range } of former.ranges) plan.tasks.push({ of, range, baseRows: rows });
    } else {
      const ranges = canDivide(of) ? planSegments(size, segmentBytes) : [{ fromBlock: 0 }];
      for (const range of ranges) plan.tasks.push({ of, range });
    }
  }
  const costs = plan.tasks.map((task) => ({ task, cost: costOf(task) })).sort((a, b) => b.cost - a.cost);
  return { tables: plan.tables, tasks: costs.map(({ task }) => task) };
}

/** Ranges of blocks are the heap's, and what an extension says about its rows may be more than a condition. */
export function canDivide({ source, way }: Pick<NumberedTable, 'source' | 'way'>): boolean {
  return source.isHeap && source.extensionCondition === null && way !== 'in-one-piece';
}

function obstacleOf(
  table: CapturedTable,
  shape: TableShape | undefined,
  way: ReadingWay['way'] | undefined,
): string | undefined {
  if (table.extensionCondition !== null) return 'its extension says which of its rows are captured';
  if (!shape) return 'its definition could not be read';
  if (way === 'in-one-piece')
    return 'an expression of its indexes or statistics does not work while a snapshot is taken';
  return shape.obstacle;
}

const NO_DIGESTS = 'the base snapshot does not say what its generated values were';

function saysEnough(base: BaseTable, { generated }: CapturedTable): boolean {
  return !base.lacksDigests || generated.length === 0;
}

function whyUnknown(table: CapturedTable, base: DatabaseBase): string {
  if (base.isRestored && base.names.has(qualifiedName(table))) {
    return 'it was rewritten, something that shapes its text changed since the rollback, or that could not tell what exactly it had put into it';
  }
  return base.names.has(qualifiedName(table))
    ? 'it was rewritten, or something that shapes its text (a column, a type, a label, the server) changed since the base'
    : 'the base snapshot has no such table';
}

function costOf({ of, range, baseRows, whole }: SegmentTask): number {
  return bytesInRange(of.size, range) * (baseRows === undefined && !whole ? 1 : TEST_SHARE);
}

/** The segments whose rows are the base's: remembered by name only, until all are known. */
export class CarriedOverSegments {
  private readonly wanted = new Map<number, { table: number; fromBlocks: Set<number> }>();

  add({ of, range }: SegmentTask): void {
    if (of.baseTable === undefined) throw new TypeError('What has no base cannot be carried over.');
    const known = this.wanted.get(of.baseTable);
    if (known) known.fromBlocks.add(range.fromBlock);
    else this.wanted.set(of.baseTable, { table: of.table, fromBlocks: new Set([range.fromBlock]) });
  }

  /** Their entries for the new manifest; reads the base's once more. */
  entries(base: BaseEntries): AsyncIterable<SegmentEntry> {
    return carryOver(base, this.wanted);
  }
}

/** Why so many tables were read although there was a base. The reason is the rest of "it was read because …". */
export interface ReadReason {
  reason: string;
  tables: number;
}

/** Most frequent first. */
export function summariseReasons(tables: readonly NumberedTable[]): ReadReason[] {
  const counts = new Map<string, number>();
  for (const { reason } of tables) {
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, tables]) => ({ reason, tables })).toSorted((a, b) => b.tables - a.tables);
}

/** A table as the manifest has it. */
export function tableEntry({ table, source, fingerprint, reason }: NumberedTable): TableEntry {
  const condition = source.extensionCondition === null ? '' : bareCondition(source.extensionCondition);
  return {
    kind: 'table',
    table,
    schema: source.schema,
    name: source.name,
    columns: source.columns,
    ...(source.generated.length > 0 && { generated: source.generated }),
    ...(condition !== '' && { condition }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(reason !== undefined && { reason }),
  };
}
