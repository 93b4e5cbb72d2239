import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type {
  Finding,
  ReadInFull,
  SnapshotStatus,
  SnapshotTrigger,
  SnapshotType,
} from '../contract/generated/types.gen.js';
import type { CaptureResult } from '../engine/capture/capture.js';
import { databaseTime } from '../database/database-time.js';
import { JobQueue } from '../jobs/job-queue.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import { ProgressLog } from '../progress/progress-log.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { CAPTURE_JOB } from './jobs/job-names.js';
import type { CaptureJobData } from './jobs/job-names.js';
import { learn, nothingKnown } from './restorability/restorability.js';
import { toColumns } from './restorability/restorability.dto.js';
import type { SnapshotKind } from './capture/snapshot-base.js';
import { Announcements } from '../announcements/announcements.js';
import { snapshotEnded } from './snapshot-announcements.js';
import { hasEnded, statesBefore } from './snapshot-status.js';
import { deletionOf } from './deletion/deletion-upkeep.js';
import { toSnapshotProgress } from './snapshot.dto.js';
import { SnapshotEntity } from './snapshot.entity.js';

export interface SnapshotOrder {
  id?: string;
  trigger: SnapshotTrigger;
  /** Left out: differential where that is possible. */
  requestedType?: SnapshotType;
  label?: string;
  requestedBy: string;
  deploymentId?: string;
}

/** Reasons that are kept; they are few, but tables may be many and so may what is wrong with them. */
const MOST_REASONS = 100;

function toReadInFull({ type, database }: CaptureResult): ReadInFull[] {
  if (type === 'full' || database === undefined) return [];
  return database.reasons.slice(0, MOST_REASONS).map(({ reason, tables }) => ({ tableCount: tables, reason }));
}

/** Which attempt speaks; null for those who may overrule any worker. */
type Fence = number | null;

/**
 * The only writer of a snapshot's status. Each change is one transaction: the row, its progress event
 * and what other features do about it.
 */
@Injectable()
export class SnapshotLifecycle {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly items: KeeperItems,
    private readonly progress: ProgressLog,
    private readonly announcements: Announcements,
  ) {}

  /** A queued snapshot and its job, in the caller's transaction. */
  async order(manager: EntityManager, environment: EnvironmentEntity, order: SnapshotOrder): Promise<SnapshotEntity> {
    const snapshot = await this.insert(manager, environment, order);
    const data: CaptureJobData = { snapshotId: snapshot.id };
    await this.queue.enqueue(manager, CAPTURE_JOB, data, { pool: environment.pool });
    return snapshot;
  }

  /** A queued snapshot without a job: its creator captures it itself. */
  async insert(manager: EntityManager, environment: EnvironmentEntity, order: SnapshotOrder): Promise<SnapshotEntity> {
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
        createdAt: await databaseTime(manager),
      }),
    );
    await this.progress.append(snapshot.id, toSnapshotProgress(snapshot), manager);
    return snapshot;
  }

  /** A worker takes the snapshot up; whoever had it before has lost it. Null when there is nothing to do. */
  async take(manager: EntityManager, snapshotId: string, kind: SnapshotKind): Promise<SnapshotEntity | null> {
    return this.move(manager, snapshotId, null, 'running', {
      ...kind,
      attempt: () => 'attempt + 1',
      startedAt: () => 'coalesce(started_at, now())',
    });
  }

  /** The worker gives it back unfinished. Returns false when it was not its own any more. */
  async handBack(snapshotId: string, fence: number): Promise<boolean> {
    const moved = await this.dataSource.transaction((manager) =>
      this.move(manager, snapshotId, fence, 'queued', { startedAt: null }),
    );
    return moved !== null;
  }

  /** Returns false when another worker has taken the snapshot up meanwhile, or it was ended. */
  async complete(snapshotId: string, fence: number, result: CaptureResult): Promise<boolean> {
    const { databaseBytes, filestoreBytes, fileCount, storedBytes, serverVersion, warnings, type } = result;
    return this.end(snapshotId, fence, 'completed', {
      type,
      // A base that turned out to be of no use to build on is not needed.
      ...(type === 'full' ? { baseSnapshotId: null } : {}),
      canBeBase: result.canBeBase,
      readBytes: result.readBytes,
      carriedOverBytes: result.carriedOverBytes,
      readInFull: toReadInFull(result),
      databaseBytes,
      filestoreBytes,
      fileCount,
      storedBytes,
      serverVersion: serverVersion ?? null,
      databaseProperties: result.database?.properties ?? null,
      requirements: result.database?.requirements ?? null,
      warnings,
      ...toColumns(learn(nothingKnown, { event: 'captured', findings: result.findings })),
    });
  }

  async fail(snapshotId: string, fence: Fence, failure: Finding): Promise<boolean> {
    return this.end(snapshotId, fence, 'failed', { failure });
  }

  async cancel(snapshotId: string, fence: Fence): Promise<boolean> {
    return this.end(snapshotId, fence, 'cancelled', {});
  }

  /** `completed`, `failed` or `cancelled`, inside the caller's transaction. */
  async endIn(
    manager: EntityManager,
    snapshotId: string,
    fence: Fence,
    status: SnapshotStatus,
    changes: QueryDeepPartialEntity<SnapshotEntity>,
  ): Promise<SnapshotEntity | null> {
    // What was not completed needs no base any more.
    const released = status === 'completed' ? {} : { baseSnapshotId: null };
    const ended = { ...changes, ...released, finishedAt: () => 'clock_timestamp()' };
    const snapshot = await this.move(manager, snapshotId, fence, status, ended);
    if (snapshot === null) return null;
    // Also after earlier attempts, whose workers may have died and left something of their own.
    if (status !== 'completed' || snapshot.attempt > 1) await this.forgetIn(manager, snapshot);
    await this.announcements.announce(manager, snapshotEnded, snapshot);
    return snapshot;
  }

  /** Has what an attempt left in the vault removed, unless the snapshot counts after all. */
  async forget(snapshot: SnapshotEntity): Promise<void> {
    await this.dataSource.transaction((manager) => this.forgetIn(manager, snapshot));
  }

  private async forgetIn(manager: EntityManager, snapshot: SnapshotEntity): Promise<void> {
    await this.items.put(manager, 'snapshot-deletion', deletionOf(snapshot));
  }

  private async end(
    snapshotId: string,
    fence: Fence,
    status: SnapshotStatus,
    changes: QueryDeepPartialEntity<SnapshotEntity>,
  ): Promise<boolean> {
    return this.dataSource.transaction(
      async (manager) => (await this.endIn(manager, snapshotId, fence, status, changes)) !== null,
    );
  }

  private async move(
    manager: EntityManager,
    snapshotId: string,
    fence: Fence,
    status: SnapshotStatus,
    changes: QueryDeepPartialEntity<SnapshotEntity>,
  ): Promise<SnapshotEntity | null> {
    const { affected } = await manager.update(
      SnapshotEntity,
      { id: snapshotId, status: In(statesBefore(status)), ...(fence === null ? {} : { attempt: fence }) },
      { ...changes, status },
    );
    if (affected !== 1) return null;
    const snapshot = await manager.findOneByOrFail(SnapshotEntity, { id: snapshotId });
    if (hasEnded(status) || status === 'queued') {
      const reached = hasEnded(status) ? await this.progress.percentOf(snapshotId, manager) : 0;
      await this.progress.append(snapshotId, toSnapshotProgress(snapshot, reached), manager);
    }
    return snapshot;
  }
}
