import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { Finding, RollbackStatus, RollbackStep } from '../contract/generated/types.gen.js';
import { DeploymentEntity } from '../deployments/deployment.entity.js';
import { JobQueue } from '../jobs/job-queue.js';
import { ProgressLog } from '../progress/progress-log.js';
import { EnvironmentReader } from '../projects/environment-reader.js';
import { EnvironmentEntity } from '../projects/environment.entity.js';
import { ROLLBACK_JOB } from './jobs/job-names.js';
import type { RollbackJobData } from './jobs/job-names.js';
import { hasEnded, statesBefore } from './rollback-status.js';
import { toRollbackProgress } from './rollback.dto.js';
import { RollbackLogEntity } from './rollback-log.entity.js';

/** The rollback is no longer this worker's: it was taken up by another one, or ended. */
export class RollbackLost extends Error {
  override name = 'RollbackLost';
}

/** What a new rollback is. */
export type RollbackOrder = Pick<
  RollbackLogEntity,
  'deploymentId' | 'sourceEnvironmentId' | 'snapshotId' | 'createSafetySnapshot' | 'requestedBy'
>;

/** The only writer of a rollback's status. Log, deployment, progress event and job change in one transaction. */
@Injectable()
export class RollbackLifecycle {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly queue: JobQueue,
    private readonly progress: ProgressLog,
  ) {}

  async order(manager: EntityManager, target: EnvironmentEntity, order: RollbackOrder): Promise<RollbackLogEntity> {
    const createdAt = new Date();
    await manager.insert(DeploymentEntity, {
      id: order.deploymentId,
      environmentId: target.id,
      kind: 'rollback',
      status: 'queued',
      snapshotId: order.snapshotId,
      requestedBy: order.requestedBy,
      createdAt,
    });
    const log = await manager.save(
      manager.create(RollbackLogEntity, { ...order, environmentId: target.id, createdAt }),
    );
    await this.progress.append(log.deploymentId, toRollbackProgress(log), manager);
    const data: RollbackJobData = { deploymentId: log.deploymentId };
    await this.queue.enqueue(manager, ROLLBACK_JOB, data, { pool: target.pool });
    return log;
  }

  /** A worker takes it up; null when there is nothing to do. */
  async take(deploymentId: string): Promise<RollbackLogEntity | null> {
    return this.move(deploymentId, null, 'running', {
      attempt: () => 'attempt + 1',
      startedAt: () => 'coalesce(started_at, now())',
      steps: [],
    });
  }

  /** Back into the queue, untouched. */
  async handBack(log: RollbackLogEntity): Promise<void> {
    await this.move(log.deploymentId, log.attempt, 'queued', { steps: [], keptDatabase: null, keptDirectory: null });
  }

  /** Writes down what is about to happen or has happened. Throws `RollbackLost` when it is not ours any more. */
  async note(
    log: RollbackLogEntity,
    changes: Partial<RollbackLogEntity>,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    const { affected } = await manager.update(
      RollbackLogEntity,
      { deploymentId: log.deploymentId, attempt: log.attempt, status: 'running' },
      { ...changes, status: 'running' },
    );
    if (affected !== 1) throw new RollbackLost();
    Object.assign(log, changes);
  }

  /** A step is written down before it is taken. */
  async beginStep(log: RollbackLogEntity, name: RollbackStep['name'], detail: string | null = null): Promise<void> {
    const startedAt = new Date().toISOString();
    await this.note(log, { steps: [...log.steps, { name, status: 'running', detail, startedAt, finishedAt: null }] });
  }

  async endStep(log: RollbackLogEntity, status: 'completed' | 'failed', detail: string | null = null): Promise<void> {
    await this.note(log, { steps: endLast(log.steps, status, detail) });
  }

  /** From here to the rollback's end no capture of the environment starts. Returns false while one is running. */
  async enterCutover(log: RollbackLogEntity, isFree: (manager: EntityManager) => Promise<boolean>): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await this.environments.lock(manager, log.environmentId);
      if (!(await isFree(manager))) return false;
      await this.note(log, {}, manager);
      await manager.update(EnvironmentEntity, { id: log.environmentId }, { cutoverBy: log.deploymentId });
      return true;
    });
  }

  async complete(log: RollbackLogEntity, warnings: Finding[]): Promise<void> {
    const changes = { warnings, keptDatabase: null, keptDirectory: null, steps: endLast(log.steps, 'completed', null) };
    if ((await this.move(log.deploymentId, log.attempt, 'completed', changes)) === null) throw new RollbackLost();
  }

  /** What was left beside the live state goes into the log by name. */
  async fail(
    log: RollbackLogEntity,
    failure: Finding,
    changes: Pick<Partial<RollbackLogEntity>, 'keptDatabase' | 'keptDirectory' | 'warnings'>,
  ): Promise<void> {
    const steps = endLast(log.steps, 'failed', failure.message);
    await this.move(log.deploymentId, log.attempt, 'failed', { ...changes, failure, steps });
  }

  private async move(
    deploymentId: string,
    fence: number | null,
    status: RollbackStatus,
    changes: QueryDeepPartialEntity<RollbackLogEntity>,
  ): Promise<RollbackLogEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      const ended = hasEnded(status) ? { finishedAt: new Date() } : {};
      const { affected } = await manager.update(
        RollbackLogEntity,
        { deploymentId, status: In(statesBefore(status)), ...(fence === null ? {} : { attempt: fence }) },
        { ...changes, ...ended, status },
      );
      if (affected !== 1) return null;
      await manager.update(DeploymentEntity, { id: deploymentId }, { ...ended, status });
      const log = await manager.findOneByOrFail(RollbackLogEntity, { deploymentId });
      const held = { id: log.environmentId, cutoverBy: deploymentId };
      if (hasEnded(status)) await manager.update(EnvironmentEntity, held, { cutoverBy: null });
      const reached = hasEnded(status) ? await this.progress.percentOf(deploymentId, manager) : 0;
      await this.progress.append(deploymentId, toRollbackProgress(log, reached), manager);
      return log;
    });
  }
}

function endLast(steps: RollbackStep[], status: 'completed' | 'failed', detail: string | null): RollbackStep[] {
  const last = steps.at(-1);
  if (last === undefined || last.status !== 'running') return steps;
  return [
    ...steps.slice(0, -1),
    { ...last, status, detail: detail ?? last.detail, finishedAt: new Date().toISOString() },
  ];
}
