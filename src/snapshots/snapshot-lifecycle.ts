import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type {
  Finding,
  ReadInFull,
  SnapshotStep,
  SnapshotTrigger,
  SnapshotType,
} from '../contract/generated/types.gen.js';
import { audited } from '../audit/audited.js';
import type { CaptureResult } from '../engine/capture/capture.js';
import { databaseTime } from '../database/database-time.js';
import { JobQueue } from '../jobs/job-queue.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import type { NewKeeperItem } from '../keeper/upkeep.js';
import { ProgressLog } from '../progress/progress-log.js';
import { organizationOf } from '../projects/tenancy.js';
import { Quotas } from '../quotas/quotas.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { CAPTURE_JOB } from './jobs/job-names.js';
import type { CaptureJobData } from './jobs/job-names.js';
import { learn, nothingKnown } from './restorability/restorability.js';
import { toColumns } from './restorability/restorability.dto.js';
import type { SnapshotKind } from './capture/snapshot-base.js';
import type { CronRule } from '../calendar/cron-rule.js';
import { Announcements } from '../announcements/announcements.js';
import { snapshotEnded } from './snapshot-announcements.js';
import { transitions } from './snapshot-transitions.js';
import type { SnapshotChange } from './snapshot-transitions.js';
import { aboutSnapshot, toSnapshotProgress } from './snapshot.dto.js';
import { SnapshotEntity } from './snapshot.entity.js';
import type { KeptState } from './capture/kept-state.js';

export interface SnapshotOrder {
  id?: string;
  trigger: SnapshotTrigger;
  /** Left out: differential where that is possible. */
  requestedType?: SnapshotType;
  label?: string;
  requestedBy: string;
  deploymentId?: string;
  /** The entries of the schedule that ask for it. */
  schedules?: CronRule[];
  /** Left out: of what is live. */
  keptState?: KeptState;
}

/** The code of what is said of a snapshot of what there is another one of. */
export const UNCHANGED = 'unchanged';

/** Reasons that are kept; they are few, but tables may be many and so may what is wrong with them. */
const MOST_REASONS = 100;

function toReadInFull({ type, database }: CaptureResult): ReadInFull[] {
  if (type === 'full' || database === undefined) return [];
  return database.reasons.slice(0, MOST_REASONS).map(({ reason, tables }) => ({ tableCount: tables, reason }));
}

/** Which attempt speaks; null for those who may overrule any worker. */
type Fence = number | null;

type Columns = QueryDeepPartialEntity<SnapshotEntity>;

/** What is enough to remove from the vault what a snapshot has there. */
type Left = Pick<SnapshotEntity, 'id' | 'projectId' | 'environmentId'>;

/** Snapshots one statement is about. */
const BATCH = 1000;

/**
 * The only writer of a snapshot's status: by the table of transitions, which says what follows each change. Each is one
 * transaction: the row, its progress event, what is left to the keeper, and what other features do about it.
 */
@Injectable()
export class SnapshotLifecycle {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly items: KeeperItems,
    private readonly progress: ProgressLog,
    private readonly announcements: Announcements,
    private readonly quotas: Quotas,
  ) {}

  /**
   * A queued snapshot and its job, in the caller's transaction, which has locked the environment. Throws `quota-snapshots-reached` or
   * `quota-stored-bytes-reached` before anything is written, though never of what an undo stands on.
   */
  async order(manager: EntityManager, environment: EnvironmentEntity, order: SnapshotOrder): Promise<SnapshotEntity> {
    const organization = await organizationOf(manager, environment.projectId);
    if (!isForUndo(order)) await this.quotas.admitSnapshot(manager, organization);
    const snapshot = await manager.save(
      manager.create(SnapshotEntity, {
        id: order.id ?? randomUUID(),
        environmentId: environment.id,
        projectId: environment.projectId,
        trigger: order.trigger,
        requestedType: order.requestedType ?? null,
        label: order.label ?? null,
        requestedBy: order.requestedBy,
        deploymentId: order.deploymentId ?? null,
        keptState: order.keptState ?? null,
        schedules: order.schedules ?? [],
        createdAt: await databaseTime(manager),
      }),
    );
    await this.progress.append(snapshot.id, toSnapshotProgress(snapshot), manager);
    const data: CaptureJobData = { snapshotId: snapshot.id };
    await this.queue.enqueue(manager, CAPTURE_JOB, data, {
      pool: environment.pool,
      organization,
      neverHeld: isForUndo(order),
    });
    return snapshot;
  }

  /** A worker takes the snapshot up; whoever had it before has lost it. Null when there is nothing to do. */
  async take(manager: EntityManager, snapshotId: string, kind: SnapshotKind): Promise<SnapshotEntity | null> {
    return this.change(manager, 'take', snapshotId, null, {
      ...kind,
      steps: [],
      attempt: () => 'attempt + 1',
      startedAt: () => 'coalesce(started_at, now())',
    });
  }

  /** What the worker has done of it, unless it is not its own any more. One statement, so that whoever stands still holds no lock meanwhile. */
  async noteSteps(snapshotId: string, fence: number, steps: readonly SnapshotStep[]): Promise<void> {
    const own = { id: snapshotId, attempt: fence, status: 'running' as const };
    await this.dataSource.manager.update(SnapshotEntity, own, { steps: [...steps] });
  }

  /** The worker gives it back unfinished. Returns false when it was not its own any more. */
  async handBack(snapshotId: string, fence: number): Promise<boolean> {
    return this.changeAlone('handBack', snapshotId, fence, { startedAt: null, steps: [] });
  }

  /** Returns false when another worker has taken the snapshot up meanwhile, or it was ended. */
  async complete(snapshotId: string, fence: number, result: CaptureResult): Promise<boolean> {
    const { databaseBytes, filestoreBytes, fileCount, storedBytes, serverVersion, warnings, type } = result;
    return this.changeAlone('complete', snapshotId, fence, {
      type,
      // A base that turned out to be of no use to build on is not needed.
      ...(type === 'full' ? { baseSnapshotId: null } : {}),
      canBeBase: result.canBeBase,
      contentDigest: result.contentDigest,
      readBytes: result.readBytes,
      carriedOverBytes: result.carriedOverBytes,
      readInFull: toReadInFull(result),
      leftOut: result.leftOut,
      databaseBytes,
      filestoreBytes,
      fileCount,
      storedBytes,
      lockedUntil: result.lockedUntil,
      serverVersion: serverVersion ?? null,
      databaseProperties: result.database?.properties ?? null,
      requirements: result.database?.requirements ?? null,
      warnings,
      ...toColumns(learn(nothingKnown, { event: 'captured', findings: result.findings })),
    });
  }

  /**
   * It would have given back what the snapshot `other` does, and is not kept; if that one is gone meanwhile, it has failed. Returns
   * false as `complete` does.
   */
  async sameAsBefore(snapshotId: string, fence: number, other: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const where = { id: other, status: 'completed' } as const;
      const kept = await manager.findOne(SnapshotEntity, { where, lock: { mode: 'pessimistic_read' } });
      const failure =
        kept === null
          ? { code: 'unchanged-gone', message: `It was as in the snapshot ${other}, which is gone; take another one.` }
          : { code: UNCHANGED, message: `The environment was as it is in the snapshot ${other}.` };
      const change = kept === null ? 'fail' : 'sameAsBefore';
      return (await this.change(manager, change, snapshotId, fence, { failure })) !== null;
    });
  }

  async fail(snapshotId: string, fence: Fence, failure: Finding): Promise<boolean> {
    return this.changeAlone('fail', snapshotId, fence, { failure });
  }

  async cancel(snapshotId: string, fence: Fence): Promise<boolean> {
    return this.changeAlone('cancel', snapshotId, fence, {});
  }

  /** The same in the caller's transaction, whoever has it. Null when it has ended. */
  async cancelIn(manager: EntityManager, snapshotId: string): Promise<SnapshotEntity | null> {
    return this.change(manager, 'cancel', snapshotId, null, {});
  }

  /** One that nobody wants any more: a queued one at once, a running one when its worker hears of it. */
  async callOff(snapshotId: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const queued = await manager.existsBy(SnapshotEntity, { id: snapshotId, status: 'queued' });
      if (queued) await this.change(manager, 'cancel', snapshotId, null, {});
      await manager.update(SnapshotEntity, { id: snapshotId, status: 'running' }, { cancelRequested: true });
    });
  }

  /** Snapshots whose removal has been decided, as many as one statement bears: nobody begins to use one any more. Those that cannot go stay as they are. */
  async remove(manager: EntityManager, snapshots: readonly SnapshotEntity[]): Promise<void> {
    const { from, to } = transitions.remove;
    const ids = snapshots.map(({ id }) => id);
    await manager.update(SnapshotEntity, { id: In(ids), status: In(from) }, { status: to! });
    await this.leave(manager, snapshots);
  }

  /** The row of one of which the vault has nothing any more, if it is being removed. */
  async drop(manager: EntityManager, snapshotId: string): Promise<void> {
    await manager.delete(SnapshotEntity, { id: snapshotId, status: In(transitions.drop.from) });
  }

  /** Leaves to the keeper what snapshots, or attempts at them, have in the vault. It spares those that count after all. */
  async leave(manager: EntityManager, snapshots: readonly Left[]): Promise<void> {
    for (let start = 0; start < snapshots.length; start += BATCH) {
      const items = snapshots.slice(start, start + BATCH).map(toDeletion);
      await this.items.put(manager, 'snapshot-deletion', ...items);
    }
  }

  private async changeAlone(
    change: SnapshotChange,
    snapshotId: string,
    fence: Fence,
    columns: Columns,
  ): Promise<boolean> {
    return this.dataSource.transaction(
      async (manager) => (await this.change(manager, change, snapshotId, fence, columns)) !== null,
    );
  }

  /** Null when the snapshot is not in a state from which this may happen, or not the attempt's any more. */
  private async change(
    manager: EntityManager,
    change: SnapshotChange,
    snapshotId: string,
    fence: Fence,
    columns: Columns,
  ): Promise<SnapshotEntity | null> {
    const { from, to, ends = false, releasesBase = false, leaves } = transitions[change];
    const { affected } = await manager.update(
      SnapshotEntity,
      { id: snapshotId, status: In(from), ...(fence === null ? {} : { attempt: fence }) },
      {
        ...columns,
        ...(releasesBase ? { baseSnapshotId: null } : {}),
        ...(ends ? { finishedAt: () => 'clock_timestamp()' } : {}),
        status: to!,
      },
    );
    if (affected !== 1) return null;
    if (ends) await manager.query(END_STEPS, [snapshotId]);
    const snapshot = await manager.findOneByOrFail(SnapshotEntity, { id: snapshotId });
    // A capture that runs tells of its progress itself.
    if (to !== 'running') {
      const reached = ends ? await this.progress.percentOf(snapshotId, manager) : 0;
      await this.progress.append(snapshotId, toSnapshotProgress(snapshot, reached), manager);
    }
    if (leaves === 'everything' || (leaves !== undefined && snapshot.attempt > 1))
      await this.leave(manager, [snapshot]);
    if (ends) await this.announcements.announce(manager, snapshotEnded, snapshot);
    // Whoever takes it says so in the row; nobody has asked for an end that somebody else puts to it.
    if (change === 'fail' && fence === null) {
      const { status, failure } = snapshot;
      audited(manager, { ...aboutSnapshot(snapshot), operation: 'snapshot.fail', after: { status, failure } });
    }
    return snapshot;
  }
}

/** What was under way has ended as the snapshot has: also what a worker has left that is no more. */
const END_STEPS = `
  UPDATE snapshots SET steps = (
    SELECT jsonb_agg(CASE WHEN step ->> 'status' <> 'running' THEN step ELSE step || jsonb_build_object(
             'status', snapshots.status, 'detail', snapshots.failure -> 'message',
             'finishedAt', to_char(snapshots.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) END ORDER BY nth)
      FROM jsonb_array_elements(snapshots.steps) WITH ORDINALITY AS each (step, nth))
   WHERE id = $1 AND steps @> '[{"status": "running"}]'`;

/** A quota keeps nobody from going back. */
function isForUndo({ trigger }: Pick<SnapshotOrder, 'trigger'>): boolean {
  return trigger === 'safety';
}

function toDeletion({ id, projectId, environmentId }: Left): NewKeeperItem {
  return { subject: id, projectId, environmentId };
}
