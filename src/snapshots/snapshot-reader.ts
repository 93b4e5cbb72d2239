import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Not } from 'typeorm';
import type { EntityManager, FindOptionsWhere, Repository } from 'typeorm';
import type {
  ProjectSnapshotListData,
  RestorabilityState,
  SnapshotListData,
  SnapshotStatus,
  SnapshotTrigger,
} from '../contract/generated/types.gen.js';
import { newestFirst, newestPage } from '../database/newest-first.js';
import type { Page, Total } from '../database/page.js';
import { errors } from '../errors/catalogue.js';
import { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { SnapshotEntity } from './snapshot.entity.js';

/** What a list is filtered by; whatever is undefined is not. */
interface CountFilter {
  projectId?: string;
  environmentIds?: string[];
  status?: SnapshotStatus;
  trigger?: SnapshotTrigger;
  pinned?: boolean;
  restorability?: RestorabilityState;
}

/** What other features may ask about snapshots. It checks no tenant: the caller has found the environment. */
@Injectable()
export class SnapshotReader {
  constructor(
    @InjectRepository(SnapshotEntity) private readonly snapshots: Repository<SnapshotEntity>,
    @InjectRepository(EnvironmentEntity) private readonly environments: Repository<EnvironmentEntity>,
  ) {}

  /** 404 when the environment has no such snapshot. */
  async require(
    environmentId: string,
    snapshotId: string,
    manager: EntityManager = this.snapshots.manager,
  ): Promise<SnapshotEntity> {
    const snapshot = await manager.findOneBy(SnapshotEntity, { id: snapshotId, environmentId });
    if (snapshot === null) throw errors.notFound('snapshot', snapshotId);
    return snapshot;
  }

  /** The same, as it is now and held until the transaction ends. */
  async requireLocked(environmentId: string, snapshotId: string, manager: EntityManager): Promise<SnapshotEntity> {
    const snapshot = await manager.findOne(SnapshotEntity, {
      where: { id: snapshotId, environmentId },
      lock: { mode: 'pessimistic_write' },
    });
    if (snapshot === null) throw errors.notFound('snapshot', snapshotId);
    return snapshot;
  }

  async byId(snapshotId: string): Promise<SnapshotEntity | null> {
    return this.snapshots.findOneBy({ id: snapshotId });
  }

  /** The newest completed snapshot, whose ratios tell what the next one will cost. */
  async newestCompleted(environmentId: string): Promise<SnapshotEntity | null> {
    return this.snapshots.findOne({
      where: { environmentId, status: 'completed' },
      order: newestFirst,
    });
  }

  /** Snapshots of the environment that a worker is capturing now. */
  async running(environmentId: string, manager: EntityManager = this.snapshots.manager): Promise<SnapshotEntity[]> {
    return manager.find(SnapshotEntity, { where: { environmentId, status: 'running' }, order: newestFirst });
  }

  /** Whether a worker is reading what is live in the environment. */
  async isLiveCaptured(environmentId: string, manager: EntityManager): Promise<boolean> {
    return manager.existsBy(SnapshotEntity, { environmentId, status: 'running', keptState: IsNull() });
  }

  async list(environmentId: string, query: NonNullable<SnapshotListData['query']>): Promise<Page<SnapshotEntity>> {
    const where: FindOptionsWhere<SnapshotEntity> = { environmentId };
    if (query.status !== undefined) where.status = query.status;
    if (query.trigger !== undefined) where.trigger = query.trigger;
    if (query.pinned !== undefined) where.pinnedAt = query.pinned ? Not(IsNull()) : IsNull();
    if (query.restorability !== undefined) where.restorability = query.restorability;
    return newestPage(this.snapshots, where, query, () => this.count({ environmentIds: [environmentId], ...query }));
  }

  async listOfProject(
    projectId: string,
    query: NonNullable<ProjectSnapshotListData['query']>,
  ): Promise<Page<SnapshotEntity>> {
    const where: FindOptionsWhere<SnapshotEntity> = { projectId };
    if (query.status !== undefined) where.status = query.status;
    if (query.restorability !== undefined) where.restorability = query.restorability;
    let environmentIds: string[] | undefined;
    if (query.environmentType !== undefined) {
      const environments = await this.environments.find({
        where: { projectId, type: query.environmentType },
        select: { id: true },
      });
      environmentIds = environments.map(({ id }) => id);
      where.environmentId = In(environmentIds);
    }
    const { status, restorability } = query;
    const counted = { projectId, environmentIds, status, restorability };
    return newestPage(this.snapshots, where, query, () => this.count(counted));
  }

  /** Exact however many there are: the counts are kept by a trigger, see the migration. */
  private async count(filter: CountFilter): Promise<Total> {
    const { projectId, environmentIds, status, trigger, pinned, restorability } = filter;
    const rows: { total: string }[] = await this.snapshots.query(
      `SELECT coalesce(sum(snapshots), 0) AS total FROM snapshot_counts
        WHERE ($1::uuid IS NULL OR project_id = $1) AND ($2::uuid[] IS NULL OR environment_id = ANY ($2))
          AND ($3::text IS NULL OR status = $3) AND ($4::text IS NULL OR trigger = $4)
          AND ($5::boolean IS NULL OR pinned = $5) AND ($6::text IS NULL OR restorability = $6)`,
      [projectId, environmentIds, status, trigger, pinned, restorability].map((value) => value ?? null),
    );
    return { total: Number(rows[0]?.total ?? 0), totalIsLowerBound: false };
  }
}
