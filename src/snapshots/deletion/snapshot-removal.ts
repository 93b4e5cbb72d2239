import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, MoreThan, Not } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../../audit/audited.js';
import type { Caller } from '../../auth/caller.js';
import { databaseTime } from '../../database/database-time.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { SnapshotDeletionEntity } from './snapshot-deletion.entity.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { hasEnded } from '../snapshot-transitions.js';
import { Announcements } from '../../announcements/announcements.js';
import { snapshotRemoval, snapshotsRemoved } from '../snapshot-announcements.js';
import { aboutSnapshot, toSnapshotDto } from '../snapshot.dto.js';
import { SnapshotEntity } from '../snapshot.entity.js';
import { SnapshotLifecycle } from '../snapshot-lifecycle.js';

/** Snapshots one statement is about. */
const BATCH = 1000;

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
    private readonly announcements: Announcements,
    private readonly lifecycle: SnapshotLifecycle,
  ) {}

  /**
   * One snapshot, because a person asked; 409 when it is pinned, locked, working, a base, or in use. Of one that is being deleted what
   * is left is tried now. With `detach` a base goes all the same: the differentials on it hold all they need, unless one
   * is being taken.
   */
  async remove(caller: Caller, environmentId: string, snapshotId: string, { detach = false } = {}): Promise<void> {
    await this.environments.require(caller, environmentId);
    await this.dataSource.transaction(async (manager) => {
      await this.environments.lock(manager, environmentId);
      const snapshot = await this.reader.requireLocked(environmentId, snapshotId, manager);
      if (snapshot.status === 'deleting') return this.lifecycle.leave(manager, [snapshot]);
      if (snapshot.pinnedAt !== null) throw errors.snapshotPinned(snapshotId, snapshot.label);
      const { lockedUntil } = snapshot;
      if (lockedUntil !== null && (await databaseTime(manager)) < lockedUntil)
        throw errors.snapshotLocked(snapshotId, lockedUntil);
      if (!hasEnded(snapshot.status)) throw errors.snapshotStillWorking(snapshotId, snapshot.status);
      await this.refuseIfBase(manager, snapshotId, detach);
      await this.announcements.announce(manager, snapshotRemoval, snapshotId);
      await this.removeAll(manager, [snapshot], { deletedBy: caller.subject, reason: () => 'deleted on request' });
      audited(manager, { ...aboutSnapshot(snapshot), before: toSnapshotDto(snapshot) });
    });
  }

  /** Snapshots whose removal has been decided, in the caller's transaction. */
  async removeAll(manager: EntityManager, snapshots: SnapshotEntity[], why: RemovalReason): Promise<void> {
    for (let start = 0; start < snapshots.length; start += BATCH) {
      const batch = snapshots.slice(start, start + BATCH);
      await this.lifecycle.remove(manager, batch);
      await this.writeDown(manager, batch, why);
      await this.announcements.announce(manager, snapshotsRemoved, batch);
    }
  }

  /** What is left when an environment goes: its rows go with it, the vault follows. */
  async beforeEnvironmentDelete(
    manager: EntityManager,
    { environment, deleteSnapshots }: { environment: Pick<EnvironmentEntity, 'id'>; deleteSnapshots: boolean },
  ): Promise<void> {
    const environmentId = environment.id;
    const total = await manager.countBy(SnapshotEntity, { environmentId });
    if (total === 0) return;
    if (!deleteSnapshots) throw errors.environmentHasSnapshots(total);
    const pinned = await manager.findOneBy(SnapshotEntity, { environmentId, pinnedAt: Not(IsNull()) });
    if (pinned !== null) throw errors.snapshotPinned(pinned.id, pinned.label);
    const stillLocked = { environmentId, lockedUntil: MoreThan(await databaseTime(manager)) };
    const [locked] = await manager.find(SnapshotEntity, {
      where: stillLocked,
      order: { lockedUntil: 'DESC' },
      take: 1,
    });
    if (locked?.lockedUntil) throw errors.snapshotLocked(locked.id, locked.lockedUntil);
    const [running] = await this.reader.running(environmentId, manager);
    if (running !== undefined) throw errors.environmentBusy('snapshot', running.id);
    for await (const batch of batchesOf(manager, environmentId)) {
      await this.lifecycle.leave(manager, batch);
      // Of those that are being removed already it was told.
      const removed = batch.filter(({ status }) => status !== 'deleting');
      if (removed.length > 0) await this.announcements.announce(manager, snapshotsRemoved, removed);
    }
  }

  private async writeDown(manager: EntityManager, snapshots: SnapshotEntity[], why: RemovalReason): Promise<void> {
    await manager.upsert(
      SnapshotDeletionEntity,
      snapshots.map((snapshot) => ({
        snapshotId: snapshot.id,
        environmentId: snapshot.environmentId,
        createdAt: snapshot.createdAt,
        deletedAt: () => 'clock_timestamp()',
        deletedBy: why.deletedBy,
        reason: why.reason(snapshot),
        status: snapshot.status,
        restorability: snapshot.restorability,
      })),
      ['snapshotId'],
    );
  }

  private async refuseIfBase(manager: EntityManager, snapshotId: string, detach: boolean): Promise<void> {
    const on = { baseSnapshotId: snapshotId };
    // While it is captured a differential reads its base.
    const unfinished = await manager.findOneBy(SnapshotEntity, { ...on, status: In(['queued', 'running']) });
    if (unfinished !== null) throw errors.baseInUse(unfinished.id);
    if (detach) return;
    const differentials = await manager.countBy(SnapshotEntity, { ...on, status: Not('deleting') });
    if (differentials > 0) throw errors.snapshotIsBase(differentials);
  }
}

/** All of an environment, by their ids: there may be more than memory should hold. */
async function* batchesOf(manager: EntityManager, environmentId: string): AsyncGenerator<SnapshotEntity[]> {
  let last: SnapshotEntity | undefined;
  do {
    const batch: SnapshotEntity[] = await manager.find(SnapshotEntity, {
      where: { environmentId, ...(last && { id: MoreThan(last.id) }) },
      order: { id: 'ASC' },
      take: BATCH,
    });
    if (batch.length > 0) yield batch;
    last = batch.length === BATCH ? batch.at(-1) : undefined;
  } while (last !== undefined);
}
