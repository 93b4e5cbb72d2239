import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { RollbackLog } from '../contract/generated/types.gen.js';
import { newestPage } from '../database/newest-first.js';
import type { Page, PageQuery } from '../database/page.js';
import { RowReader } from '../database/row-reader.js';
import { errors } from '../errors/catalogue.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { RollbackLogEntity } from './rollback-log.entity.js';
import { toRollbackLogDto } from './rollback.dto.js';
import { unfinished } from './rollback-transitions.js';

/** How many rollbacks a snapshot's details show. */
const MOST_IN_DETAILS = 100;

const LOGS = new RowReader(RollbackLogEntity);

/** Reads rollback logs. It checks no tenant: the caller has found the environment or deployment. */
@Injectable()
export class RollbackReader {
  constructor(
    @InjectRepository(RollbackLogEntity) private readonly logs: Repository<RollbackLogEntity>,
    @InjectRepository(SnapshotEntity) private readonly snapshots: Repository<SnapshotEntity>,
  ) {}

  async byDeployment(deploymentId: string): Promise<RollbackLogEntity | null> {
    return this.logs.findOneBy({ deploymentId });
  }

  /** 404 when the deployment is no rollback. */
  async require(deploymentId: string): Promise<RollbackLogEntity> {
    const log = await this.byDeployment(deploymentId);
    if (log === null) throw errors.notFound('rollback', deploymentId);
    return log;
  }

  async list(environmentId: string, query: PageQuery): Promise<Page<RollbackLogEntity>> {
    return newestPage(LOGS, this.logs.manager, [['row.environment_id = ?', environmentId]], query);
  }

  async ofSnapshot(snapshotId: string): Promise<RollbackLogEntity[]> {
    const newest = `WHERE row.snapshot_id = $1 ORDER BY row.created_at DESC, row.id DESC LIMIT ${MOST_IN_DETAILS}`;
    return LOGS.all(this.logs.manager, newest, [snapshotId]);
  }

  /** As they are shown. */
  async shown(rows: readonly RollbackLogEntity[]): Promise<RollbackLog[]> {
    const ids = rows.flatMap(({ safetySnapshotId }) => safetySnapshotId ?? []);
    const snapshots =
      ids.length === 0 ? [] : await this.snapshots.find({ select: { id: true, status: true }, where: { id: In(ids) } });
    const statuses = new Map(snapshots.map(({ id, status }) => [id, status]));
    return rows.map((row) => {
      const status = statuses.get(row.safetySnapshotId ?? '') ?? null;
      // It has completed since the log was read, which does not have yet what it found.
      const isLater = status === 'completed' && row.safety === 'wanted';
      return toRollbackLogDto(row, isLater ? 'running' : status);
    });
  }

  /** Whether one that changes the environment waits or runs. */
  async isRollingBack(environmentId: string): Promise<boolean> {
    return this.logs.existsBy({ environmentId, status: In(unfinished) });
  }

  /** Throws `environment-busy` when a rollback into or from the environment is under way, or in these states. */
  async refuseIfRunning(manager: EntityManager, environmentId: string, states = unfinished): Promise<void> {
    const log = await manager.findOneBy(RollbackLogEntity, [
      { environmentId, status: In(states) },
      { sourceEnvironmentId: environmentId, status: In(states) },
    ]);
    if (log !== null) throw errors.environmentBusy('rollback', log.deploymentId);
  }

  /** Throws `snapshot-in-use` when a rollback under way reads the snapshot, or took it as its safety. */
  async refuseIfUsing(manager: EntityManager, snapshotId: string): Promise<void> {
    const log = await manager.findOneBy(RollbackLogEntity, [
      { snapshotId, status: In(unfinished) },
      { safetySnapshotId: snapshotId, status: In(unfinished) },
    ]);
    if (log !== null) throw errors.snapshotUsedByRollback(log.deploymentId);
  }
}
