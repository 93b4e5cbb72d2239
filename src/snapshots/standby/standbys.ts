import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { audited } from '../../audit/audited.js';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Not } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import type { BuiltStandby } from '../../engine/restore/standby/built-standby.js';
import { StandbyEntity } from './standby.entity.js';

/** How the building of one has ended. */
export type StandbyEnd = { built: BuiltStandby } | { reason: Finding };

/** The only writer of standbys, and what other features may ask about them. It checks no tenant: the caller has found the environment. */
@Injectable()
export class Standbys {
  constructor(@InjectRepository(StandbyEntity) private readonly standbys: Repository<StandbyEntity>) {}

  /** Says that one is about to be built, before anything is. Null: another one of the environment is being built. */
  async begin(manager: EntityManager, environmentId: string, snapshotId: string): Promise<string | null> {
    const id = randomUUID();
    const rows: unknown[] = await manager.query(
      `INSERT INTO standbys (id, environment_id, snapshot_id, status, tries)
       SELECT $1, $2, $3, 'building', coalesce(max(tries), 0) FROM standbys
        WHERE environment_id = $2 AND status = 'missing'
       ON CONFLICT DO NOTHING RETURNING id`,
      [id, environmentId, snapshotId],
    );
    return rows.length === 1 ? id : null;
  }

  /**
   * Before another one is made into the one that is being built: from here on that is nobody's standby, and what of it there is belongs
   * to this row. False when somebody has taken it, or it is gone.
   */
  async inherit(id: string, olderId: string): Promise<boolean> {
    return this.standbys.manager.transaction(async (manager) => {
      const [gone]: [{ built: BuiltStandby }[]] = await manager.query(
        `DELETE FROM standbys WHERE id = $1 AND status = 'ready' AND taken_by IS NULL RETURNING built`,
        [olderId],
      );
      if (gone[0] === undefined) return false;
      await manager.update(StandbyEntity, { id, status: 'building' }, { built: gone[0].built });
      return true;
    });
  }

  /** What it had inherited is gone. */
  async disinherited(id: string): Promise<void> {
    await this.standbys.update({ id, status: 'building' }, { built: null });
  }

  /** It is ready, or goes; unless it was called off meanwhile. What is said of earlier ones that are missing has had its time. */
  async ended(manager: EntityManager, id: string, end: StandbyEnd): Promise<void> {
    const building = { id, status: 'building' as const };
    if ('reason' in end) {
      const failed = { status: 'going' as const, reason: end.reason, tries: () => 'tries + 1' };
      await manager.update(StandbyEntity, building, failed);
      return;
    }
    const ready = { status: 'ready' as const, built: end.built, readyAt: () => 'clock_timestamp()' };
    const { affected } = await manager.update(StandbyEntity, building, ready);
    if (affected !== 1) return;
    const { environmentId } = await manager.findOneByOrFail(StandbyEntity, { id });
    await this.forget(manager, environmentId);
  }

  /** They are not used any more from here on, and the keeper removes them. What a rollback has taken stays. */
  async giveUp(manager: EntityManager, ids: readonly string[], reason: Finding | null): Promise<void> {
    const free = { id: In([...ids]), takenBy: IsNull(), status: In(['building', 'ready']) };
    await manager.update(StandbyEntity, free, { status: 'going', reason });
  }

  /** Its database and directory are gone: of the last one that went for a reason the row says why there is none. */
  async removed({ id, environmentId, snapshotId, reason }: StandbyEntity): Promise<void> {
    const going = { id, status: 'going' as const };
    await this.standbys.manager.transaction(async (manager) => {
      if (reason !== null) await this.forget(manager, environmentId);
      const missing = { status: 'missing' as const, built: null, missingSince: () => 'clock_timestamp()' };
      const { affected } = await (reason === null
        ? manager.delete(StandbyEntity, going)
        : manager.update(StandbyEntity, going, missing));
      if (affected !== 1) return;
      const before = { snapshotId, reason };
      audited(manager, { operation: 'standby.remove', subject: ['standby', id], environmentId, before });
    });
  }

  /** All of it is known to be on disk. */
  async onDisk({ id, built }: StandbyEntity): Promise<void> {
    if (!built?.database) return;
    const database = { ...built.database, onDisk: true };
    await this.standbys.update({ id, status: 'ready', takenBy: IsNull() }, { built: { ...built, database } });
  }

  /** The one that a rollback to this snapshot could swap in. */
  async readyFor(
    environmentId: string,
    snapshotId: string,
    manager: EntityManager = this.standbys.manager,
  ): Promise<StandbyEntity | null> {
    return manager.findOneBy(StandbyEntity, { environmentId, snapshotId, status: 'ready', takenBy: IsNull() });
  }

  /** Under the environment's lock. From here on it is this rollback's; false when somebody was before it. */
  async take(manager: EntityManager, id: string, deploymentId: string): Promise<boolean> {
    const free = { id, status: 'ready' as const, takenBy: IsNull() };
    const { affected } = await manager.update(StandbyEntity, free, { takenBy: deploymentId });
    return affected === 1;
  }

  /** A rollback that had taken one has ended without touching it. */
  async letGo(manager: EntityManager, deploymentId: string): Promise<void> {
    await manager.update(StandbyEntity, { takenBy: deploymentId }, { takenBy: null });
  }

  /** A rollback has swapped it in, or what is left of it is named in that rollback's log. */
  async spent(manager: EntityManager, deploymentId: string): Promise<void> {
    await manager.delete(StandbyEntity, { takenBy: deploymentId });
  }

  /** A rollback that has taken it has given its database other properties: by what nobody was in it from now on. */
  async noteProof(deploymentId: string, closedXmin: string): Promise<void> {
    const row = await this.standbys.findOneBy({ takenBy: deploymentId });
    if (!row?.built?.database) return;
    const database = { ...row.built.database, closedXmin };
    await this.standbys.update({ id: row.id, takenBy: deploymentId }, { built: { ...row.built, database } });
  }

  /** Nothing is said any more of what was there. */
  async forget(manager: EntityManager, environmentId: string): Promise<void> {
    await manager.delete(StandbyEntity, { environmentId, status: 'missing' });
  }

  /** The one that could be swapped in, of whatever snapshot. */
  async readyIn(environmentId: string): Promise<StandbyEntity | null> {
    const ready = { environmentId, status: 'ready' as const, takenBy: IsNull(), snapshotId: Not(IsNull()) };
    return this.standbys.findOne({ where: ready, order: { createdAt: 'DESC' } });
  }

  /** Whether one takes room that could be made. */
  async isThere(environmentId: string): Promise<boolean> {
    const free = { environmentId, status: In(['building', 'ready', 'going']), takenBy: IsNull() };
    return this.standbys.existsBy(free);
  }

  async byId(id: string): Promise<StandbyEntity | null> {
    return this.standbys.findOneBy({ id });
  }

  /** Oldest first. */
  async ofEnvironment(environmentId: string, manager = this.standbys.manager): Promise<StandbyEntity[]> {
    return manager.find(StandbyEntity, { where: { environmentId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** Those of each of these environments, oldest first. */
  async ofEnvironments(environmentIds: readonly string[]): Promise<Map<string, StandbyEntity[]>> {
    const where = { environmentId: In([...environmentIds]) };
    const rows = await this.standbys.find({ where, order: { createdAt: 'ASC', id: 'ASC' } });
    return Map.groupBy(rows, ({ environmentId }) => environmentId);
  }

  /** In the transaction in which a snapshot is removed: what holds it is of no use any more. */
  async ofRemovedSnapshot(manager: EntityManager, snapshotId: string): Promise<void> {
    const rows = await manager.findBy(StandbyEntity, { snapshotId });
    await this.giveUp(
      manager,
      rows.map(({ id }) => id),
      null,
    );
  }
}
