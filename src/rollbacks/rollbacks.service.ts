import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import { Configuration } from '../config/configuration.js';
import type { RollbackPlan, RollbackRequest } from '../contract/generated/types.gen.js';
import type { DeploymentEntity } from '../deployments/deployment.entity.js';
import { DeploymentReader } from '../deployments/deployment-reader.js';
import { errors } from '../errors/catalogue.js';
import { claimIdempotencyKey, earlierResource } from '../idempotency/idempotency.js';
import type { IdempotentRequest } from '../idempotency/idempotency.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { SnapshotReader } from '../snapshots/snapshot-reader.js';
import { knowledgeOf } from '../snapshots/restorability/restorability.dto.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { promisedBy } from './plan/material-changes.js';
import type { Promised } from './plan/material-changes.js';
import { restorabilityRefusals } from './plan/plan-restorability.js';
import { changesSincePlan, planTokenOf, promisedIn, readPlanToken } from './plan/plan-token.js';
import type { ConfirmedPlan } from './plan/plan-token.js';
import { planRollback } from './plan/plan.js';
import type { PlannedRollback } from './plan/plan.js';
import { RollbackLifecycle } from './rollback-lifecycle.js';
import { aboutRollback, toRollbackLogDto } from './rollback.dto.js';
import { RollbackLogEntity } from './rollback-log.entity.js';
import { RollbackReader } from './rollback-reader.js';
import { hasEnded, unfinished } from './rollback-transitions.js';
import { RollbackSurvey } from './plan/rollback-survey.js';

interface Parties {
  source: EnvironmentEntity;
  target: EnvironmentEntity;
  snapshot: SnapshotEntity;
}

export interface AcceptedRollback {
  log: RollbackLogEntity;
  target: EnvironmentEntity;
}

@Injectable()
export class RollbacksService {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly deployments: DeploymentReader,
    private readonly snapshots: SnapshotReader,
    private readonly survey: RollbackSurvey,
    private readonly lifecycle: RollbackLifecycle,
    private readonly reader: RollbackReader,
  ) {}

  /** What `request` with the same body would do. Changes nothing. */
  async plan(caller: Caller, environmentId: string, body: RollbackRequest): Promise<RollbackPlan> {
    const source = await this.environments.require(caller, environmentId);
    const planned = await this.planFor(await this.parties(caller, source, body), body);
    return { ...planned.plan, planToken: planTokenOf(planned) };
  }

  /** Queues a rollback. Whatever speaks against it is a 409 now, before anything is touched. */
  async request(
    caller: Caller,
    environmentId: string,
    body: RollbackRequest,
    idempotencyKey: string | undefined,
    operation = 'rollbackCreate',
  ): Promise<AcceptedRollback> {
    const source = await this.environments.require(caller, environmentId);
    const idempotent: IdempotentRequest = {
      organization: caller.organization,
      operation,
      key: idempotencyKey,
      request: { environmentId, body },
    };
    // Before anything else: the snapshot of an earlier request may be gone by now.
    const earlier = await this.earlier(idempotent);
    if (earlier !== null) return earlier;
    const confirmed = body.planToken === undefined ? null : readPlanToken(body.planToken);
    try {
      const parties = await this.parties(caller, source, body);
      await this.refuseIfBusy(this.dataSource.manager, parties.target.id);
      const planned = await this.promise(parties, body, confirmed);
      const asked = { ...body, planned };
      return await this.dataSource.transaction((manager) => this.order(manager, caller, parties, asked, idempotent));
    } catch (error) {
      // What is in the way may be what this same request has started a moment ago.
      const meanwhile = await this.earlier(idempotent);
      if (meanwhile !== null) return meanwhile;
      throw error;
    }
  }

  /** Calls a rollback off that has not begun to swap: a queued one at once, a running one stops within seconds. */
  async cancel(caller: Caller, deploymentId: string): Promise<RollbackLogEntity> {
    const { environmentId } = await this.deployments.require(caller, deploymentId);
    await this.reader.require(deploymentId);
    await this.dataSource.transaction(async (manager) => {
      // Whoever begins a swap holds it too.
      const environment = await this.environments.lock(manager, environmentId);
      const log = await manager.findOneByOrFail(RollbackLogEntity, { deploymentId });
      if (log.status === 'cancelled') return;
      if (hasEnded(log.status))
        throw errors.rollbackNotCancellable(`The rollback is ${log.status}; there is nothing to cancel.`);
      if (environment.cutoverBy === deploymentId || log.journal !== null) {
        const advice = 'wait for its end, and undo it then.';
        throw errors.rollbackNotCancellable(`The rollback is swapping the environment; ${advice}`);
      }
      await manager.update(RollbackLogEntity, { deploymentId }, { cancelRequested: true });
      const before = { cancelRequested: log.cancelRequested };
      audited(manager, { ...aboutRollback(log, environment), before, after: { cancelRequested: true } });
    });
    // One that a worker has taken up meanwhile hears of it.
    await this.lifecycle.cancelQueued(deploymentId);
    return this.reader.require(deploymentId);
  }

  /** The rollback of a failed deployment to its pre-deploy snapshot; asked twice, it is started once. */
  async requestForFailed(caller: Caller, deployment: DeploymentEntity): Promise<string> {
    const { id, environmentId, snapshotId } = deployment;
    if (snapshotId === null) {
      const message = 'The deployment has no pre-deploy snapshot to roll back to; finish it without rollbackOnFailure.';
      throw errors.rollbackRefused([{ code: 'no-snapshot', message }]);
    }
    const { log } = await this.request(caller, environmentId, { snapshotId }, id, 'deploymentFinish');
    return log.deploymentId;
  }

  private async earlier(idempotent: IdempotentRequest): Promise<AcceptedRollback | null> {
    const deploymentId = await earlierResource(this.dataSource.manager, idempotent);
    if (deploymentId === null) return null;
    const log = await this.reader.require(deploymentId);
    const target = await this.environments.byId(log.environmentId);
    if (target === null) throw errors.notFound('environment', log.environmentId);
    return { log, target };
  }

  private async parties(caller: Caller, source: EnvironmentEntity, body: RollbackRequest): Promise<Parties> {
    const snapshot = await this.snapshots.require(source.id, body.snapshotId);
    const targetId = body.targetEnvironmentId ?? source.id;
    const target =
      targetId === source.id ? source : await this.environments.requireInProject(caller, source.projectId, targetId);
    requireCompleted(snapshot);
    return { source, target, snapshot };
  }

  /** What it promises of its place is null in a process that cannot reach the environment: the worker has to look. */
  private async planFor(
    parties: Parties,
    { createSafetySnapshot = true }: RollbackRequest,
  ): Promise<{ plan: PlannedRollback; promised: Promised | null }> {
    const isReachable = this.configuration.WORKER_POOLS.includes(parties.target.pool);
    const facts = await this.survey.gather({ ...parties, createSafetySnapshot, isReachable });
    const plan = planRollback(facts);
    return { plan, promised: isReachable ? promisedBy(facts, plan.neutralize) : null };
  }

  /** What the worker has to find again: what is found now, or where nobody can look here, what was confirmed. */
  private async promise(
    parties: Parties,
    body: RollbackRequest,
    confirmed: ConfirmedPlan | null,
  ): Promise<Promised | null> {
    const planned = await this.planFor(parties, body);
    if (!planned.plan.allowed) throw errors.rollbackRefused(planned.plan.refusals);
    if (confirmed === null) return planned.promised;
    const changes = changesSincePlan(confirmed, planned);
    if (changes.length > 0) throw errors.planChanged(changes);
    return planned.promised ?? promisedIn(confirmed);
  }

  private async order(
    manager: EntityManager,
    caller: Caller,
    { source, snapshot, target }: Parties,
    body: RollbackRequest & { planned: Promised | null },
    idempotent: IdempotentRequest,
  ): Promise<AcceptedRollback> {
    const deploymentId = randomUUID();
    const earlier = await claimIdempotencyKey(manager, idempotent, deploymentId);
    if (earlier !== null) {
      return { log: await manager.findOneByOrFail(RollbackLogEntity, { deploymentId: earlier }), target };
    }
    const locked = await this.environments.lock(manager, target.id);
    await this.refuseIfBusy(manager, target.id);
    // Whoever deletes the snapshot locks its row too: it is gone by now, or stays until we are done.
    const current = await manager.findOne(SnapshotEntity, {
      where: { id: snapshot.id },
      lock: { mode: 'pessimistic_read' },
    });
    if (current === null) throw errors.notFound('snapshot', snapshot.id);
    requireCompleted(current);
    // Also where the plan is left to the worker, and what was found out since it was made.
    const refuted = restorabilityRefusals(knowledgeOf(current));
    if (refuted.length > 0) throw errors.rollbackRefused(refuted);
    const log = await this.lifecycle.order(manager, locked, {
      deploymentId,
      sourceEnvironmentId: source.id,
      snapshotId: snapshot.id,
      createSafetySnapshot: body.createSafetySnapshot ?? true,
      requestedBy: caller.subject,
      planned: body.planned,
    });
    audited(manager, { ...aboutRollback(log, locked), after: toRollbackLogDto(log, null) });
    return { log, target };
  }

  private async refuseIfBusy(manager: EntityManager, environmentId: string): Promise<void> {
    const running = await manager.findOneBy(RollbackLogEntity, { environmentId, status: In(unfinished) });
    if (running !== null) throw errors.environmentBusy('rollback', running.deploymentId);
  }
}

function requireCompleted(snapshot: SnapshotEntity): void {
  if (snapshot.status !== 'completed') throw errors.snapshotNotCompleted(snapshot.id, snapshot.status);
}
