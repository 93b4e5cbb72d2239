import { randomUUID } from 'node:crypto';
import type { TokenBucket } from '../../../vault/backend/wrappers/token-bucket.js';
import type { DatabaseLineage } from '../../../vault/manifests/manifest-database.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { explained, saysRelationGone } from '../../postgres/connection/postgres-errors.js';
import type { DatabaseRequirements } from '../../postgres/capabilities/requirements.js';
import { recordProperties, type RecordedProperties } from '../../postgres/properties/recorded-properties.js';
import { runTogether } from '../../concurrency/run-together.js';
import type { RestoreFinding } from '../../postgres/capabilities/restore-finding.js';
import { Turns } from '../../concurrency/turns.js';
import { CarriedOverSegments } from './segments/segment-tasks.js';
import { confirmShapes } from './shapes/confirm-shapes.js';
import type { DatabaseBase } from './history/database-base.js';
import { addLeftOut } from './add-left-out.js';
import type { DatabaseCaptureContext } from './database-capture-context.js';
import { EntryGate } from './segments/entry-gate.js';
import { leaveMark } from './history/leave-mark.js';
import { readDefinitions } from './cut/read-definitions.js';
import { readTables } from './segments/read-tables.js';
import { readingWarning } from './tables/reading-ways.js';
import { qualifiedName } from '../../postgres/sql/quote.js';
import { bytesInRange } from './segments/segment-plan.js';
import { planTasks, type SegmentPlan, type SegmentTask } from './segments/segment-tasks.js';
import { findUnwritten } from './segments/unwritten-segments.js';
import type { SettledCut } from './cut/settled-cut.js';
import { summariseReasons, type ReadReason } from './segments/segment-tasks.js';
import { tableEntry } from './segments/segment-tasks.js';
import { renamed } from './segments/unreadable-table.js';

export interface DatabaseRunOptions {
  connections: number;
  segmentBytes?: number;
  contentsBytes?: number;
  rate?: TokenBucket;
  base?: DatabaseBase;
  /** Of the base. */
  horizon?: bigint;
  noBaseReason?: string;
  leastLogBytes?: number;
}

export interface DatabaseCounts {
  tables: number;
  segments: number;
  segmentsCarriedOver: number;
  /** Of those, the ones that were not even looked at: the server's log says that nothing was written there. */
  segmentsUnwritten: number;
  /** Text of rows that was read. */
  bytesRead: number;
  /** Text of rows that was not, because the base has it. */
  bytesCarriedOver: number;
}

/** By schema and name. */
export interface DatabaseLeftOut {
  /** Of these the definitions were captured. */
  rowsOf: { schema: string; name: string }[];
  tables: { schema: string; name: string }[];
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
  /** Why the server's log could not say what had been written since the base, although it was there for that; a sentence. */
  logReason?: string;
  /** Of the database itself, as a plan needs them. */
  properties: RecordedProperties;
  requirements: DatabaseRequirements;
  /** What speaks against restoring it. */
  findings: RestoreFinding[];
  /** By the rules. */
  leftOut: DatabaseLeftOut;
  /** What its definitions and large objects are, whenever they are read: SHA-256 in hex. */
  definitionsDigest: string;
}

/** One capture of a database, from its settled cut to its last entry. */
export class DatabaseRun {
  private readonly counts: DatabaseCounts = {
    tables: 0,
    segments: 0,
    segmentsCarriedOver: 0,
    segmentsUnwritten: 0,
    bytesRead: 0,
    bytesCarriedOver: 0,
  };

  private logReason: string | undefined;

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
    const { cut, tables, sizes, shapes, ways, needs, leftOut } = this.settled;
    const { progress, warnings, writer, signal } = context;
    progress.holdSince(cut.openedAt);
    progress.expect('database', { bytes: cut.databaseBytes });
    if (this.options.noBaseReason !== undefined) {
      await warnings.add({ code: 'differential-not-possible', message: this.options.noBaseReason });
    }
    const { base, segmentBytes } = this.options;
    const plan = planTasks({
      tables,
      sizes,
      shapes,
      ways,
      ...(base && { base }),
      ...(segmentBytes !== undefined && { segmentBytes }),
    });
    const gate = new EntryGate(writer);
    const [{ lineage, definitionsDigest }, carried] = await runTogether(signal, [
      (either) => this.readDefinitions(gate, { ...context, signal: either }),
      (either) => this.readRows(plan, gate, { ...context, signal: either }),
    ] as const);
    await confirmShapes(this.address, cut, tables, shapes, context);
    await context.underCut?.();
    // It holds back the server's vacuum, and whoever wants to change a table.
    await this.settled.close();
    progress.release();
    signal.throwIfAborted();
    await this.addRest(carried, context);
    progress.complete('database');
    this.counts.tables = tables.length;
    return {
      databaseBytes: cut.databaseBytes,
      serverVersion: cut.serverVersion,
      type: base ? 'differential' : 'full',
      canBeBase: lineage !== undefined,
      counts: this.counts,
      reasons: summariseReasons(plan.tables),
      ...(this.logReason !== undefined && { logReason: this.logReason }),
      properties: recordProperties(needs.properties, randomUUID()),
      requirements: needs.requirements,
      findings: needs.findings,
      leftOut: { rowsOf: leftOut.rowsOf.map(nameOf), tables: leftOut.tables.map(nameOf) },
      definitionsDigest,
    };
  }

  private async readDefinitions(
    gate: EntryGate,
    context: DatabaseCaptureContext,
  ): Promise<{ lineage: DatabaseLineage | undefined; definitionsDigest: string }> {
    const { base, noBaseReason } = this.options;
    const { cut, definitions, searchPath } = this.settled;
    const { entry, digest } = await readDefinitions(cut, definitions, searchPath, context);
    // As late as the order of entries allows: the mark that is left takes the place of the one before.
    // A database that is kept closed is a state that somebody may want back, and is left as it is.
    const isKept = this.address.entrance !== undefined;
    const lineage = base || isKept ? undefined : await leaveMark(this.address, cut, context, noBaseReason);
    const requirements = JSON.stringify(this.settled.needs.requirements);
    await gate.open({ ...entry, requirements, ...(lineage && { lineage }) });
    await gate.add(
      definitions.from === 'base'
        ? { kind: 'description', content: definitions.base.description }
        : await definitions.description.store(context),
    );
    return { lineage, definitionsDigest: digest };
  }

  /** Resolves to the segments that need not be read, by name. */
  private async readRows(
    plan: SegmentPlan,
    gate: EntryGate,
    { writer, progress, signal }: DatabaseCaptureContext,
  ): Promise<CarriedOverSegments> {
    const { cut, searchPath, contents } = this.settled;
    const { base, rate, horizon, segmentBytes, contentsBytes, connections } = this.options;
    const turns = new Turns();
    for (const table of plan.tables) {
      await gate.add(tableEntry(table));
      await turns.pass();
    }
    const carried = new CarriedOverSegments();
    const onUnchanged = (task: SegmentTask): void => {
      carried.add(task);
      progress.advance('database', { bytes: Math.round(bytesInRange(task.of.size, task.range)) });
    };
    const unwritten = await findUnwritten(this.address, plan.tasks, {
      since: base?.lineage?.log,
      databaseOid: cut.moment.databaseOid,
      leastBytes: this.options.leastLogBytes,
      signal,
    });
    for (const task of unwritten.unchanged) {
      onUnchanged(task);
      await turns.pass();
    }
    this.counts.segmentsUnwritten = unwritten.unchanged.length;
    this.logReason = unwritten.reason;
    await readTables(
      unwritten.rest,
      contents,
      {
        address: this.address,
        cut,
        searchPath,
        writer,
        connections,
        encoding: cut.moment.encoding,
        ...(rate && { rate }),
        ...(horizon !== undefined && { horizon }),
        ...(segmentBytes !== undefined && { segmentBytes }),
        ...(contentsBytes !== undefined && { contentsBytes }),
        onBytes: (bytes) => progress.advance('database', { bytes }),
        onRead: async (entry) => {
          this.counts.segments += 1;
          this.counts.bytesRead += entry.content.bytes;
          await gate.add(entry);
        },
        onUnchanged,
        onContents: (entry) => gate.add(entry),
      },
      { signal },
    );
    return carried;
  }

  /** What is known and needs no cut any more. */
  private async addRest(
    carried: CarriedOverSegments,
    { writer, warnings, signal }: DatabaseCaptureContext,
  ): Promise<void> {
    const turns = new Turns();
    const { base } = this.options;
    const { sequences, views, tables, ways, searchPath } = this.settled;
    for await (const entry of base ? carried.entries(base.entries) : []) {
      signal.throwIfAborted();
      this.counts.segments += 1;
      this.counts.segmentsCarriedOver += 1;
      this.counts.bytesCarriedOver += entry.content.bytes;
      await writer.add(entry);
      await turns.pass();
    }
    for (const sequence of sequences) {
      await writer.add(sequence);
      await turns.pass();
    }
    for (const view of views.refreshable) await writer.add({ kind: 'materialized-view', ...view });
    for (const view of views.stranded) {
      const message = `The materialised view ${qualifiedName(view)} stands on one that was never filled; a rollback restores it without rows.`;
      await warnings.add({ code: 'materialized-view-not-refreshed', message });
    }
    await addLeftOut(this.settled, { writer, warnings });
    if (ways.size === 0) return;
    for (const table of tables) {
      const way = ways.get(table.oid);
      if (way) await warnings.add(readingWarning(qualifiedName(table), way, searchPath));
    }
  }
}

function nameOf({ schema, name }: { schema: string; name: string }) {
  return { schema, name };
}
