import { randomUUID } from 'node:crypto';
import { EngineError } from '../../engine-error.js';
import type { TokenBucket } from '../../../vault/backend/token-bucket.js';
import type { DatabaseLineage } from '../../../vault/manifest-database.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import { explained, saysRelationGone } from '../../postgres/postgres-errors.js';
import type { DatabaseRequirements } from '../../postgres/capabilities/requirements.js';
import { recordProperties, type RecordedProperties } from '../../postgres/recorded-properties.js';
import { runTogether } from '../../run-together.js';
import type { CaptureFinding } from '../capture-finding.js';
import { CarriedOverSegments } from './carried-over-segments.js';
import { confirmShapes } from './confirm-shapes.js';
import type { DatabaseBase } from './database-base.js';
import type { DatabaseCaptureContext } from './database-capture-context.js';
import { EntryGate } from './entry-gate.js';
import { leaveMark } from './leave-mark.js';
import { storeDescription } from './read-description.js';
import { readDefinitions } from './read-definitions.js';
import { readSegments } from './read-segments.js';
import { displayRelation } from './relation.js';
import { bytesInRange } from './segment-plan.js';
import { planTasks, type SegmentPlan } from './segment-tasks.js';
import type { SettledCut } from './settled-cut.js';
import { summarise, type ReadReason } from './read-reasons.js';
import { tableEntry } from './table-entry.js';

export interface DatabaseRunOptions {
  connections: number;
  segmentBytes?: number;
  rate?: TokenBucket;
  base?: DatabaseBase;
  /** Of the base. */
  horizon?: bigint;
  noBaseReason?: string;
}

export interface DatabaseCounts {
  tables: number;
  segments: number;
  segmentsCarriedOver: number;
  /** Text of rows that was read. */
  bytesRead: number;
  /** Text of rows that was not, because the base has it. */
  bytesCarriedOver: number;
}

export interface DatabaseCaptured {
  /** As the server says, indexes and all. */
  databaseBytes: number;
  serverVersion: string;
  type: 'full' | 'differential';
  /** Whether a differential may be built on it. */
  canBeBase: boolean;
  counts: DatabaseCounts;
  /** Why tables were read although there was a base, most frequent first. */
  reasons: ReadReason[];
  /** Of the database itself, as a plan needs them. */
  properties: RecordedProperties;
  requirements: DatabaseRequirements;
  /** What speaks against restoring it. */
  findings: CaptureFinding[];
}

/** One capture of a database, from its settled cut to its last entry. */
export class DatabaseRun {
  private readonly counts: DatabaseCounts = {
    tables: 0,
    segments: 0,
    segmentsCarriedOver: 0,
    bytesRead: 0,
    bytesCarriedOver: 0,
  };

  constructor(
    private readonly address: DatabaseAddress,
    private readonly settled: SettledCut,
    private readonly options: DatabaseRunOptions,
  ) {}

  async run(context: DatabaseCaptureContext): Promise<DatabaseCaptured> {
    try {
      return await this.read(context);
    } catch (error) {
      context.signal.throwIfAborted();
      if (saysRelationGone(error)) throw renamed(error as Error);
      throw explained(error, this.address);
    }
  }

  private async read(context: DatabaseCaptureContext): Promise<DatabaseCaptured> {
    const { cut, tables, sizes, shapes, needs } = this.settled;
    const { progress, warnings } = context;
    progress.holdSince(this.settled.openedAt);
    progress.expect('database', { bytes: cut.databaseBytes });
    if (this.options.noBaseReason !== undefined) {
      await warnings.add({ code: 'differential-not-possible', message: this.options.noBaseReason });
    }
    const { base, segmentBytes } = this.options;
    const plan = planTasks({
      tables,
      sizes,
      shapes,
      ...(base && { base }),
      ...(segmentBytes !== undefined && { segmentBytes }),
    });
    const gate = new EntryGate(context.writer);
    const [lineage] = await runTogether(context.signal, [
      (signal) => this.readDefinitions(gate, { ...context, signal }),
      (signal) => this.readTables(plan, gate, { ...context, signal }),
    ] as const);
    await confirmShapes(this.address, cut, tables, shapes, context);
    for (const sequence of this.settled.sequences) await context.writer.add(sequence);
    await this.addViews(context);
    progress.complete('database');
    this.counts.tables = tables.length;
    return {
      databaseBytes: cut.databaseBytes,
      serverVersion: cut.serverVersion,
      type: base ? 'differential' : 'full',
      canBeBase: lineage !== undefined,
      counts: this.counts,
      reasons: summarise(plan.tables),
      properties: recordProperties(needs.properties, randomUUID()),
      requirements: needs.requirements,
      findings: needs.findings,
    };
  }

  private async readDefinitions(
    gate: EntryGate,
    context: DatabaseCaptureContext,
  ): Promise<DatabaseLineage | undefined> {
    const { base, noBaseReason } = this.options;
    const entry = await readDefinitions(this.settled.cut, this.settled.definitions, context);
    // As late as the order of entries allows: the mark that is left takes the place of the one before.
    const lineage = base ? undefined : await leaveMark(this.address, this.settled.cut, context, noBaseReason);
    const requirements = JSON.stringify(this.settled.needs.requirements);
    await gate.open({ ...entry, requirements, ...(lineage && { lineage }) });
    await gate.add(await storeDescription(this.settled.cut, context));
    return lineage;
  }

  private async readTables(
    plan: SegmentPlan,
    gate: EntryGate,
    { writer, progress, signal }: DatabaseCaptureContext,
  ): Promise<void> {
    const { cut } = this.settled;
    const { base, rate, horizon, segmentBytes, connections } = this.options;
    for (const table of plan.tables) await gate.add(tableEntry(table));
    const carried = new CarriedOverSegments();
    await readSegments(
      plan.tasks,
      {
        address: this.address,
        cut,
        writer,
        connections,
        encoding: cut.moment.encoding,
        ...(rate && { rate }),
        ...(horizon !== undefined && { horizon }),
        ...(segmentBytes !== undefined && { segmentBytes }),
        onBytes: (bytes) => {
          this.counts.bytesRead += bytes;
          progress.advance('database', { bytes });
        },
        onRead: async (entry) => {
          this.counts.segments += 1;
          await gate.add(entry);
        },
        onUnchanged: (task) => {
          carried.add(task);
          progress.advance('database', { bytes: Math.round(bytesInRange(task.of.size, task.range)) });
        },
      },
      { signal },
    );
    if (!base) return;
    for await (const entry of carried.entries(base.entries)) {
      signal.throwIfAborted();
      this.counts.segments += 1;
      this.counts.segmentsCarriedOver += 1;
      this.counts.bytesCarriedOver += entry.content.bytes;
      await gate.add(entry);
    }
  }

  private async addViews({ writer, warnings }: DatabaseCaptureContext): Promise<void> {
    const { refreshable, stranded } = this.settled.views;
    for (const view of refreshable) await writer.add({ kind: 'materialized-view', ...view });
    for (const view of stranded) {
      const message = `The materialised view ${displayRelation(view)} stands on one that was never filled; a rollback restores it without rows.`;
      await warnings.add({ code: 'materialized-view-not-refreshed', message });
    }
  }
}

/** Our locks keep the tables themselves from being renamed or dropped, and not the schemas they are in. */
function renamed(error: Error): EngineError {
  return new EngineError(
    'schema-changed',
    `A schema was renamed while the snapshot was taken; take it again. PostgreSQL says: ${error.message}`,
    { cause: error },
  );
}
