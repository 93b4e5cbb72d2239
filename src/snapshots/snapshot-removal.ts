import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, Not } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { errors } from '../errors/catalogue.js';
import { JobQueue } from '../jobs/job-queue.js';
import { EnvironmentReader } from '../projects/environment-reader.js';
import type { EnvironmentEntity } from '../projects/environment.entity.js';
import { FORGET_BATCH, FORGET_JOB } from './jobs/job-names.js';
import type { ForgetJobData } from './jobs/job-names.js';
import { SnapshotDeletionEntity } from './snapshot-deletion.entity.js';
import { SnapshotReader } from './snapshot-reader.js';
import { hasEnded, statesBefore } from './snapshot-status.js';
import { SnapshotUse } from './snapshot-use.js';
import { SnapshotEntity } from './snapshot.entity.js';

/** Who removes snapshots, and why: kept when they are gone. */
export interface RemovalReason {
  deletedBy: string;
  reason: (snapshot: SnapshotEntity) => string;
}

/**
 * Removes snapshots. The status comes first, so that nobody can begin to use one that is going; the
 * vault follows in a job; the row goes last.
 */
@Injectable()
export class SnapshotRemoval {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly reader: SnapshotReader,
    private readonly use: SnapshotUse,
    private readonly queue: JobQueue,
  ) {}

  /** One snapshot, because a person asked; 409 when it is pinned, working, a base, or in use. */
  async remove(caller: Caller, environmentId: string, snapshotId: string): Promise<void> {
    await this.environments.require(caller, environmentId);
    await this.dataSource.transaction(async (manager) => {
      await this.environments.lock(manager, environmentId);
      const snapshot = await this.reader.requireLocked(environmentId, snapshotId, manager);
      if (snapshot.status === 'deleting') return;
      if (snapshot.pinnedAt !== null) throw errors.snapshotPinned(snapshotId, snapshot.label);
      if (!hasEnded(snapshot.status)) throw errors.snapshotStillWorking(snapshotId, snapshot.status);
      const differentials = await manager.countBy(SnapshotEntity, {
        baseSnapshotId: snapshotId,
        status: Not('deleting'),
      });
      if (differentials > 0) throw errors.snapshotIsBase(differentials);
      await this.use.refuseIfUsed(manager, snapshotId);
      await this.removeAll(manager, [snapshot], { deletedBy: caller.subject, reason: () => 'deleted on request' });
    });
  }

  /** Snapshots whose removal has been decided, differentials before their base, in the caller's transaction. */
  async removeAll(manager: EntityManager, snapshots: SnapshotEntity[], why: RemovalReason): Promise<void> {
    for (let start = 0; start < snapshots.length; start += FORGET_BATCH) {
      await this.removeBatch(manager, snapshots.slice(start, start + FORGET_BATCH), why);
    }
  }

  /** What is left when an environment goes: its rows go with it, the vault follows. */
  async beforeEnvironmentDelete(
    manager: EntityManager,
    environment: EnvironmentEntity,
    { deleteSnapshots }: { deleteSnapshots: boolean },
  ): Promise<void> {
    const environmentId = environment.id;
    const total = await manager.countBy(SnapshotEntity, { environmentId });
    if (total === 0) return;
    if (!deleteSnapshots) throw errors.environmentHasSnapshots(total);
    const pinned = await manager.findOneBy(SnapshotEntity, { environmentId, pinnedAt: Not(IsNull()) });
    if (pinned !== null) throw errors.snapshotPinned(pinned.id, pinned.label);
    const [running] = await this.reader.running(environmentId, manager);
    if (running !== undefined) throw errors.environmentBusy('snapshot', running.id);
    const rows = await manager.find(SnapshotEntity, { where: { environmentId }, select: { id: true } });
    await this.forget(
      manager,
      environment.projectId,
      rows.map(({ id }) => id),
    );
    // Differentials point at their base, so they go first; the environment's deletion takes the rest.
    await manager.delete(SnapshotEntity, { environmentId, baseSnapshotId: Not(IsNull()) });
    await manager.delete(SnapshotEntity, { environmentId });
  }

  private async removeBatch(manager: EntityManager, snapshots: SnapshotEntity[], why: RemovalReason): Promise<void> {
    const [first] = snapshots;
    if (first === undefined) return;
    const ids = snapshots.map(({ id }) => id);
    await manager.update(SnapshotEntity, { id: In(ids), status: In(statesBefore('deleting')) }, { status: 'deleting' });
    await manager.upsert(
      SnapshotDeletionEntity,
      snapshots.map((snapshot) => ({
        snapshotId: snapshot.id,
        environmentId: snapshot.environmentId,
        createdAt: snapshot.createdAt,
        deletedAt: new Date(),
        deletedBy: why.deletedBy,
        reason: why.reason(snapshot),
      })),
      ['snapshotId'],
    );
    await this.forget(manager, first.projectId, ids);
  }

  private async forget(manager: EntityManager, projectId: string, snapshotIds: string[]): Promise<void> {
    for (let start = 0; start < snapshotIds.length; start += FORGET_BATCH) {
      const data: ForgetJobData = { projectId, snapshotIds: snapshotIds.slice(start, start + FORGET_BATCH) };
      await this.queue.enqueue(manager, FORGET_JOB, data);
    }
  }
}
