import { Injectable } from '@nestjs/common';
import { DataSource, In, Not, Raw } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { AuditedChange } from '../audit/audited.js';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { Finding, RollbackStatus, RollbackStep } from '../contract/generated/types.gen.js';
import type { CutoverRecord } from '../engine/restore/cutover/cutover-journal.js';
import { DeploymentEntity } from '../deployments/deployment.entity.js';
import { databaseTime } from '../database/database-time.js';
import { JobQueue } from '../jobs/job-queue.js';
import { ProgressLog } from '../progress/progress-log.js';
import { organizationOf } from '../projects/tenancy.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { Standbys } from '../snapshots/standby/standbys.js';
import { ROLLBACK_JOB } from './jobs/job-names.js';
import type { RollbackJobData } from './jobs/job-names.js';
import { hasEnded, NEEDS_PERSON, statesBefore, unfinished } from './rollback-transitions.js';
import { endLast, withDetail } from './rollback-steps.js';
import { Announcements } from '../announcements/announcements.js';
import { rollbackMoved, rollbackOrder } from './rollback-announcements.js';
import { toRollbackProgress } from './rollback.dto.js';
import { RollbackLogEntity } from './rollback-log.entity.js';

/** The rollback is no longer this worker's: it was taken up by another one, or ended. */
export class RollbackLost extends Error {
  override name = 'RollbackLost';
}

/** Somebody has called it off before it began to swap. */
export class RollbackCancelled extends Error {
  override name = 'RollbackCancelled';
}

/** What a new rollback is. */
export type RollbackOrder = Pick<
  RollbackLogEntity,
  'deploymentId' | 'sourceEnvironmentId' | 'snapshotId' | 'createSafetySnapshot' | 'requestedBy'
> &
  Partial<Pick<RollbackLogEntity, 'undoOf' | 'planned'>>;

/** The previous state, kept for an undo. */
export interface Kept extends Pick<RollbackLogEntity, 'keptDatabase' | 'keptDirectory'> {
  /** How long; `null` when nothing is kept. */
  undoMinutes: number | null;
}

/** The only writer of a rollback's status. Log, deployment, progress event and job change in one transaction. */
@Injectable()
export class RollbackLifecycle {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly queue: JobQueue,
    private readonly progress: ProgressLog,
    private readonly standbys: Standbys,
    private readonly announcements: Announcements,
  ) {}

  async order(manager: EntityManager, target: EnvironmentEntity, order: RollbackOrder): Promise<RollbackLogEntity> {
    await this.announcements.announce(manager, rollbackOrder, target.id);
    const createdAt = await databaseTime(manager);
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
    await this.enqueue(manager, log, target);
    return log;
  }

  /** No limit on running jobs holds it back. */
  private async enqueue(
    manager: EntityManager,
    { deploymentId }: RollbackLogEntity,
    { pool, projectId }: EnvironmentEntity,
  ): Promise<void> {
    const data: RollbackJobData = { deploymentId };
    const organization = await organizationOf(manager, projectId);
    await this.queue.enqueue(manager, ROLLBACK_JOB, data, { pool, organization, neverHeld: true });
  }

  /** A worker takes it up; null when there is nothing to do. */
  async take(deploymentId: string): Promise<RollbackLogEntity | null> {
    return this.move(deploymentId, null, 'running', {
      attempt: () => 'attempt + 1',
      startedAt: () => 'coalesce(started_at, now())',
      steps: [],
    });
  }

  /**
   * Raises the epoch: whoever had the rollback may write nothing more from here on. Null when it has
   * ended, or is not at the epoch `from` any more. What `also` writes goes into the same transaction.
   */
  async takeOver(
    deploymentId: string,
    also: (manager: EntityManager, log: RollbackLogEntity) => Promise<void> = async () => undefined,
    from?: number,
  ): Promise<RollbackLogEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SET LOCAL synchronous_commit = on');
      const { affected } = await manager.update(
        RollbackLogEntity,
        { deploymentId, status: In(unfinished), ...(from === undefined ? {} : { attempt: from }) },
        { attempt: () => 'attempt + 1' },
      );
      if (affected !== 1) return null;
      const log = await manager.findOneByOrFail(RollbackLogEntity, { deploymentId });
      await also(manager, log);
      return log;
    });
  }

  /** Writes down what the cutover is about to do, on disk when it resolves. Throws `RollbackLost` when it is not ours any more. */
  async journal(log: RollbackLogEntity, journal: CutoverRecord, detail: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('SET LOCAL synchronous_commit = on');
      await this.note(log, { journal, steps: withDetail(log.steps, detail) }, manager);
    });
  }

  /** Back into the queue, untouched. */
  async handBack(log: RollbackLogEntity): Promise<void> {
    await this.move(log.deploymentId, log.attempt, 'queued', {
      steps: [],
      journal: null,
      standby: null,
      keptDatabase: null,
      keptDirectory: null,
    });
  }

  /** Its worker died before anything was touched, which was cleaned up: another one begins again. */
  async beginAgain(log: RollbackLogEntity): Promise<void> {
    const message = 'A worker that ran the rollback died before anything was changed; another one began again.';
    const changes = {
      ...{ steps: [], journal: null, standby: null, keptDatabase: null, keptDirectory: null },
      lostWorkers: () => 'lost_workers + 1',
      warnings: [...log.warnings, { code: 'worker-lost', message }],
    };
    await this.move(log.deploymentId, log.attempt, 'queued', changes, async (manager) => {
      const environment = await this.environments.byId(log.environmentId);
      if (environment === null) return;
      await this.enqueue(manager, log, environment);
      audited(manager, recovery(log, { status: 'queued', lostWorkers: log.lostWorkers + 1 }));
    });
  }

  /** Ends it as called off; the live state was not touched. */
  async cancel(
    log: RollbackLogEntity,
    changes: Pick<Partial<RollbackLogEntity>, 'keptDatabase' | 'keptDirectory' | 'warnings'>,
  ): Promise<void> {
    const steps = endLast(log.steps, 'failed', 'The rollback was cancelled.');
    await this.move(log.deploymentId, log.attempt, 'cancelled', { ...changes, steps });
  }

  /** The same for one that no worker has; does nothing otherwise. */
  async cancelQueued(deploymentId: string): Promise<void> {
    await this.move(deploymentId, null, 'cancelled', {}, undefined, ['queued']);
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

  /**
   * From here to the rollback's end no capture of the environment starts. Returns false while one is running. Throws
   * `RollbackCancelled` when it was called off, for which it is too late afterwards.
   */
  async enterCutover(log: RollbackLogEntity, isFree: (manager: EntityManager) => Promise<boolean>): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await this.environments.lock(manager, log.environmentId);
      if (await manager.existsBy(RollbackLogEntity, { deploymentId: log.deploymentId, cancelRequested: true }))
        throw new RollbackCancelled();
      if (!(await isFree(manager))) return false;
      await this.note(log, {}, manager);
      await manager.update(EnvironmentEntity, { id: log.environmentId }, { cutoverBy: log.deploymentId });
      return true;
    });
  }

  /**
   * What earlier rollbacks of the environment had kept cannot be swapped back any more, now that something newer is in place.
   * What `also` writes goes into the same transaction.
   */
  async complete(
    log: RollbackLogEntity,
    warnings: Finding[],
    { undoMinutes, ...kept }: Kept,
    also: (manager: EntityManager) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const keptUntil = undoMinutes === null ? null : () => `now() + interval '${undoMinutes} minutes'`;
    const changes = { warnings, ...kept, keptUntil, steps: endLast(log.steps, 'completed', null) };
    const moved = await this.move(log.deploymentId, log.attempt, 'completed', changes, async (manager) => {
      await this.noteState(manager, log);
      if (log.undoOf !== null) {
        const undone = { undoneBy: log.deploymentId, keptDatabase: null, keptDirectory: null, keptUntil: null };
        await manager.update(RollbackLogEntity, { deploymentId: log.undoOf }, undone);
        // What was to be captured is live again.
        await manager.update(RollbackLogEntity, { deploymentId: log.undoOf, safety: 'wanted' }, { safety: 'none' });
      }
      const earlier = { environmentId: log.environmentId, keptUntil: Raw((column) => `${column} > now()`) };
      await manager.update(
        RollbackLogEntity,
        { ...earlier, deploymentId: Not(log.deploymentId) },
        { keptUntil: () => 'now()' },
      );
      // It is live now.
      await this.standbys.spent(manager, log.deploymentId);
      await also(manager);
    });
    if (moved === null) throw new RollbackLost();
  }

  /** Which state is live from here on. The environment is locked. */
  private async noteState(manager: EntityManager, log: RollbackLogEntity): Promise<void> {
    const { environmentId, deploymentId, undoOf } = log;
    const { stateId: stateBefore } = await manager.findOneByOrFail(EnvironmentEntity, { id: environmentId });
    const undone = undoOf && (await manager.findOneByOrFail(RollbackLogEntity, { deploymentId: undoOf }));
    const stateId = undone ? undone.stateBefore : (log.stateId ?? deploymentId);
    await manager.update(EnvironmentEntity, { id: environmentId }, { stateId });
    await manager.update(RollbackLogEntity, { deploymentId }, { stateBefore });
    Object.assign(log, { stateBefore });
  }

  /** A worker was lost in the cutover, and the old state is in place. `original`: where what an undo would have used is now. */
  async revert(
    log: RollbackLogEntity,
    failure: Finding,
    changes: Pick<Partial<RollbackLogEntity>, 'warnings' | 'keptDatabase' | 'keptDirectory'>,
    original: Pick<RollbackLogEntity, 'keptDirectory'> | null = null,
  ): Promise<void> {
    const steps = endLast(log.steps, 'completed', failure.message);
    await this.move(log.deploymentId, log.attempt, 'reverted', { ...changes, failure, steps }, async (manager) => {
      if (log.undoOf !== null && original !== null)
        await manager.update(RollbackLogEntity, { deploymentId: log.undoOf }, original);
      // It bears other names by now, and was removed by those, or is left over.
      await this.standbys.spent(manager, log.deploymentId);
    });
  }

  /** What was left beside the live state goes into the log by name. */
  async fail(
    log: RollbackLogEntity,
    failure: Finding,
    changes: Pick<Partial<RollbackLogEntity>, 'keptDatabase' | 'keptDirectory' | 'warnings'>,
  ): Promise<void> {
    const steps = endLast(log.steps, 'failed', failure.message);
    await this.move(log.deploymentId, log.attempt, 'failed', { ...changes, failure, steps }, async (manager) => {
      // Nobody knows what state it is in.
      if (failure.code === NEEDS_PERSON) await this.standbys.spent(manager, log.deploymentId);
    });
  }

  private async move(
    deploymentId: string,
    fence: number | null,
    status: RollbackStatus,
    changes: QueryDeepPartialEntity<RollbackLogEntity>,
    also: (manager: EntityManager) => Promise<void> = async () => undefined,
    from: RollbackStatus[] = statesBefore(status),
  ): Promise<RollbackLogEntity | null> {
    return this.dataSource.transaction(async (manager) => {
      // First, as everybody does who locks both: the environment's row, then logs.
      const letsGo = hasEnded(status) || status === 'queued';
      if (letsGo) {
        await manager.query(
          `SELECT FROM environments e JOIN rollback_logs l ON l.environment_id = e.id
            WHERE l.deployment_id = $1 FOR NO KEY UPDATE OF e`,
          [deploymentId],
        );
      }
      const ended = hasEnded(status) ? { finishedAt: () => 'clock_timestamp()' } : {};
      const { affected } = await manager.update(
        RollbackLogEntity,
        { deploymentId, status: In(from), ...(fence === null ? {} : { attempt: fence }) },
        { ...changes, ...ended, status },
      );
      if (affected !== 1) return null;
      await manager.update(DeploymentEntity, { id: deploymentId }, { ...ended, status });
      await also(manager);
      const log = await manager.findOneByOrFail(RollbackLogEntity, { deploymentId });
      // Also one that goes back into the queue: it may have entered its cutover and died before it wrote down anything, and
      // captures of the environment would wait for a swap that nobody does.
      const held = { id: log.environmentId, cutoverBy: deploymentId };
      if (letsGo) {
        await manager.update(EnvironmentEntity, held, { cutoverBy: null });
        await this.standbys.letGo(manager, deploymentId);
      }
      const reached = hasEnded(status) ? await this.progress.percentOf(deploymentId, manager) : 0;
      await this.progress.append(deploymentId, toRollbackProgress(log, reached), manager);
      await this.announcements.announce(manager, rollbackMoved, log);
      const { failure } = log;
      if (hasEnded(status) && hasLostItsWorker(log))
        audited(manager, recovery(log, { status, ...(failure && { failure }) }));
      return log;
    });
  }
}

/** It did not end by the one that ran it: by its failure before the swap, by its last step in it. */
function hasLostItsWorker({ steps, failure }: RollbackLogEntity): boolean {
  return failure?.code === 'worker-lost' || steps.at(-1)?.name === 'recovery';
}

/** What the keeper has made of it, which nobody asked for. */
function recovery({ deploymentId, environmentId }: RollbackLogEntity, after: object): AuditedChange {
  const subject = ['rollback', deploymentId] as const;
  return { operation: 'rollback.recover', subject, environmentId, before: { status: 'running' }, after };
}
