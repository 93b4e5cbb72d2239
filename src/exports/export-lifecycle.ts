import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import { Configuration } from '../config/configuration.js';
import type { Finding } from '../contract/generated/types.gen.js';
import { databaseTime } from '../database/database-time.js';
import type { Exported } from '../engine/export/export-request.js';
import { JobQueue } from '../jobs/job-queue.js';
import { ProgressLog } from '../progress/progress-log.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { organizationOf } from '../projects/tenancy.js';
import { toExportDto, toExportProgress } from './export.dto.js';
import { ExportEntity } from './export.entity.js';
import { EXPORT_JOB, type ExportJobData } from './jobs/job-names.js';

export type ExportOrder = Pick<
  ExportEntity,
  'id' | 'snapshotId' | 'format' | 'layout' | 'neutralizedFor' | 'fileName' | 'requestedBy'
>;

/** The only writer of an export's status. Row, progress event and job change in one transaction. */
@Injectable()
export class ExportLifecycle {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
    private readonly progress: ProgressLog,
  ) {}

  /** A queued one and its job, in the caller's transaction. */
  async order(manager: EntityManager, environment: EnvironmentEntity, order: ExportOrder): Promise<ExportEntity> {
    const createdAt = await databaseTime(manager);
    const row = await manager.save(
      manager.create(ExportEntity, { ...order, environmentId: environment.id, createdAt }),
    );
    await this.progress.append(row.id, toExportProgress(row), manager);
    const data: ExportJobData = { exportId: row.id };
    const organization = await organizationOf(manager, environment.projectId);
    await this.queue.enqueue(manager, EXPORT_JOB, data, { pool: environment.pool, organization });
    return row;
  }

  /** A worker takes it up; whoever had it before has lost it. Null when it has ended, or is gone with its environment. */
  async take(id: string): Promise<ExportEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.update(
        ExportEntity,
        { id, status: In(['queued', 'running']) },
        { status: 'running', attempt: () => 'attempt + 1', startedAt: () => 'coalesce(started_at, now())' },
      );
      return affected === 1 ? manager.findOneBy(ExportEntity, { id }) : null;
    });
  }

  /** The worker gives it back unfinished. */
  async handBack({ id, attempt }: ExportEntity): Promise<void> {
    const where = { id, attempt, status: 'running' as const };
    await this.dataSource.manager.update(ExportEntity, where, { status: 'queued' });
  }

  /** Resolves to false when another worker has it by now. */
  async complete({ id, attempt }: ExportEntity, { bytes, sha256 }: Exported): Promise<boolean> {
    const { EXPORT_HOURS } = this.configuration;
    const expiresAt = () => `clock_timestamp() + make_interval(hours => ${EXPORT_HOURS})`;
    return this.end(id, { status: 'completed', sizeBytes: bytes, sha256, expiresAt }, attempt);
  }

  /** `attempt` is left out by those who may overrule any worker. */
  async fail(id: string, finding: Finding, attempt?: number): Promise<boolean> {
    return this.end(id, { status: 'failed', finding }, attempt);
  }

  /** Its file is gone, or never was; in the caller's transaction. */
  async removed(manager: EntityManager, id: string): Promise<ExportEntity> {
    await manager.update(ExportEntity, { id }, { status: 'removed', expiresAt: null });
    return manager.findOneByOrFail(ExportEntity, { id });
  }

  private async end(
    id: string,
    changes: Parameters<EntityManager['update']>[2],
    attempt: number | undefined,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const where = { id, status: In(['queued', 'running']), ...(attempt !== undefined && { attempt }) };
      const ended = { ...changes, finishedAt: () => 'clock_timestamp()' };
      const { affected } = await manager.update(ExportEntity, where, ended);
      if (affected !== 1) return false;
      const row = await manager.findOneByOrFail(ExportEntity, { id });
      await this.progress.append(id, toExportProgress(row), manager);
      // An end that somebody else puts to it.
      if (attempt === undefined) {
        const { environmentId } = row;
        audited(manager, { operation: 'export.fail', subject: ['export', id], environmentId, after: toExportDto(row) });
      }
      return true;
    });
  }
}
