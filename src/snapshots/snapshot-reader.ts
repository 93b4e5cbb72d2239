import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type {
  ProjectSnapshotListData,
  RestorabilityState,
  SnapshotListData,
  SnapshotStatus,
  SnapshotStep,
  SnapshotTrigger,
} from '../contract/generated/types.gen.js';
import { newestFirst, newestFirstOrder, newestPage, type Condition } from '../database/newest-first.js';
import type { Page, Total } from '../database/page.js';
import { RowReader } from '../database/row-reader.js';
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

const SNAPSHOTS = new RowReader(SnapshotEntity);

/** The ids of a page ($7 at the most, behind $6 of them), from each group of `snapshot_counts` that fits in the order of an index. */
const AS_COUNTED = `
  SELECT one.id FROM snapshot_counts c CROSS JOIN LATERAL (
    SELECT s.id, s.created_at FROM snapshots s
     WHERE s.environment_id = c.environment_id AND s.status = c.status AND s.trigger = c.trigger
       AND (s.pinned_at IS NOT NULL) = c.pinned AND coalesce(s.restorability, '') = c.restorability
       AND ($8::timestamptz IS NULL OR (s.created_at, s.id) < ($8, $9::uuid))
     ORDER BY s.created_at DESC, s.id DESC LIMIT $6::bigint + $7) one
   WHERE c.environment_id = $1 AND c.snapshots > 0 AND ($2::text IS NULL OR c.status = $2)
     AND ($3::text IS NULL OR c.trigger = $3) AND ($4::boolean IS NULL OR c.pinned = $4)
     AND ($5::text IS NULL OR c.restorability = $5)
   ORDER BY one.created_at DESC, one.id DESC LIMIT $7::bigint OFFSET $6`;

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
    if (filters.length > 1) return this.listAsCounted(environmentId, query, count);
    const conditions: Condition[] = [
      ['row.environment_id = ?', environmentId],
      ['row.status = ?', status],
      ['row.trigger = ?', trigger],
      ['row.restorability = ?', restorability],
    ];
    if (pinned !== undefined) conditions.push([`row.pinned_at IS ${pinned ? 'NOT NULL' : 'NULL'}`]);
    return newestPage(SNAPSHOTS, this.snapshots.manager, conditions, query, count);
  }

  /**
   * By several filters, of which each may fit many and all together nearly none: from each group of snapshots that are counted together and
   * fit, the newest, and of those the newest. Groups there are a few dozen of, however many snapshots.
   */
  private async listAsCounted(
    environmentId: string,
    query: NonNullable<SnapshotListData['query']>,
    count: () => Promise<Total>,
  ): Promise<Page<SnapshotEntity>> {
    const bounds = newestFirstOrder.bounds(query);
    const { limit, offset, after } = bounds;
    const { status = null, trigger = null, pinned = null, restorability = null } = query;
    const [at = null, id = null] = after ?? [];
    const found = SNAPSHOTS.all(
      this.snapshots.manager,
      `WHERE row.id IN (${AS_COUNTED}) ORDER BY row.created_at DESC, row.id DESC`,
      [environmentId, status, trigger, pinned, restorability, offset, limit + 1, at, id],
    );
    const [rows, total] = await Promise.all([found, count()]);
    return newestFirstOrder.page(rows, total, bounds);
  }

  async listOfProject(
    projectId: string,
    query: NonNullable<ProjectSnapshotListData['query']>,
  ): Promise<Page<SnapshotEntity>> {
    const { status, restorability } = query;
    let environmentIds: string[] | undefined;
    if (query.environmentType !== undefined) {
      const environments = await this.environments.find({
        where: { projectId, type: query.environmentType },
        select: { id: true },
      });
      environmentIds = environments.map(({ id }) => id);
    }
    const conditions: Condition[] = [
      ['row.project_id = ?', projectId],
      ['row.status = ?', status],
      ['row.restorability = ?', restorability],
    ];
    if (environmentIds !== undefined) conditions.push(['row.environment_id = ANY (?)', environmentIds]);
    const counted = { projectId, environmentIds, status, restorability };
    return newestPage(SNAPSHOTS, this.snapshots.manager, conditions, query, () => this.count(counted));
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
