import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { ProjectSnapshotListData, SnapshotListData, SnapshotStep } from '../contract/generated/types.gen.js';
import { newestFirst, newestPage, type Condition } from '../database/newest-first.js';
import type { Page, Total } from '../database/page.js';
import { errors } from '../errors/catalogue.js';
import { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { newestOfGroups, SNAPSHOTS, type SnapshotFilter } from './newest-of-groups.js';
import { SnapshotEntity } from './snapshot.entity.js';

/** What is counted together. */
interface CountFilter extends SnapshotFilter {
  projectId?: string;
  environmentIds?: string[];
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
    const snapshot = await SNAPSHOTS.first(manager, 'WHERE row.id = $1 AND row.environment_id = $2', [
      snapshotId,
      environmentId,
    ]);
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

  /** What was done to take it; empty when it is gone. */
  async stepsOf(snapshotId: string): Promise<SnapshotStep[]> {
    const rows: Pick<SnapshotEntity, 'steps'>[] = await this.snapshots.query(
      'SELECT steps FROM snapshots WHERE id = $1',
      [snapshotId],
    );
    return rows[0]?.steps ?? [];
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
    const { status, trigger, pinned, restorability } = query;
    const filters = [status, trigger, pinned, restorability].filter((value) => value !== undefined);
    const count = () => this.count({ environmentIds: [environmentId], ...query });
    // One filter has an index of its own.
    if (filters.length > 1) return newestOfGroups(this.snapshots.manager, [environmentId], query, query, count);
    const conditions: Condition[] = [
      ['row.environment_id = ?', environmentId],
      ['row.status = ?', status],
      ['row.trigger = ?', trigger],
      ['row.restorability = ?', restorability],
    ];
    if (pinned !== undefined) conditions.push([`row.pinned_at IS ${pinned ? 'NOT NULL' : 'NULL'}`]);
    return newestPage(SNAPSHOTS, this.snapshots.manager, conditions, query, count);
  }

  async listOfProject(
    projectId: string,
    query: NonNullable<ProjectSnapshotListData['query']>,
  ): Promise<Page<SnapshotEntity>> {
    const { environmentType, status, restorability } = query;
    if (environmentType !== undefined) {
      const environments = await this.environments.find({
        where: { projectId, type: environmentType },
        select: { id: true },
      });
      const environmentIds = environments.map(({ id }) => id);
      const filter = { status, restorability };
      const count = () => this.count({ projectId, environmentIds, ...filter });
      return newestOfGroups(this.snapshots.manager, environmentIds, filter, query, count);
    }
    const conditions: Condition[] = [
      ['row.project_id = ?', projectId],
      ['row.status = ?', status],
      ['row.restorability = ?', restorability],
    ];
    return newestPage(SNAPSHOTS, this.snapshots.manager, conditions, query, () =>
      this.count({ projectId, status, restorability }),
    );
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
