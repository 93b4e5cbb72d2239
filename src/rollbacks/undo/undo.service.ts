import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, In, MoreThan, Not } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../../audit/audited.js';
import { databaseTime } from '../../database/database-time.js';
import type { Caller } from '../../auth/caller.js';
import { Configuration } from '../../config/configuration.js';
import { DeploymentReader } from '../../deployments/deployment-reader.js';
import { errors } from '../../errors/catalogue.js';
import { claimIdempotencyKey, earlierResource } from '../../idempotency/idempotency.js';
import type { IdempotentRequest } from '../../idempotency/idempotency.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { decideUndo } from './decide-undo.js';
import { RollbackLifecycle } from '../rollback-lifecycle.js';
import { RollbackLogEntity } from '../rollback-log.entity.js';
import { RollbackReader } from '../rollback-reader.js';
import { aboutRollback, toRollbackLogDto } from '../rollback.dto.js';
import { unfinished } from '../rollback-transitions.js';
import type { AcceptedRollback } from '../rollbacks.service.js';
import { UndoStaging } from './undo-staging.js';
import type { UndoRequest } from '../../contract/generated/types.gen.js';

/** Orders undos: rollbacks that swap the kept previous state back. */
@Injectable()
export class UndoService {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly deployments: DeploymentReader,
    private readonly lifecycle: RollbackLifecycle,
    private readonly reader: RollbackReader,
    private readonly staging: UndoStaging,
  ) {}

  /** Queues the undo of a rollback. Throws `undo-unavailable` with the reason, before anything is touched. */
  async request(
    caller: Caller,
    deploymentId: string,
    { createSafetySnapshot = false }: UndoRequest,
    key: string | undefined,
  ): Promise<AcceptedRollback> {
    await this.deployments.require(caller, deploymentId);
    const original = await this.reader.require(deploymentId);
    const target = await this.environments.require(caller, original.environmentId);
    const request: IdempotentRequest = {
      organization: caller.organization,
      operation: 'rollbackUndo',
      key,
      request: { deploymentId, ...(createSafetySnapshot && { createSafetySnapshot }) },
    };
    const earlier = await earlierResource(this.dataSource.manager, request);
    if (earlier !== null) return { log: await this.reader.require(earlier), target };
    await this.refuse(this.dataSource.manager, original);
    await this.refuseUnlessThere(original, target);
    return this.dataSource.transaction(async (manager) => {
      const id = randomUUID();
      const meanwhile = await claimIdempotencyKey(manager, request, id);
      if (meanwhile !== null)
        return { log: await manager.findOneByOrFail(RollbackLogEntity, { deploymentId: meanwhile }), target };
      const locked = await this.environments.lock(manager, target.id);
      const current = await manager.findOneByOrFail(RollbackLogEntity, { deploymentId });
      await this.refuse(manager, current);
      const log = await this.lifecycle.order(manager, locked, {
        deploymentId: id,
        sourceEnvironmentId: current.sourceEnvironmentId,
        snapshotId: current.snapshotId,
        createSafetySnapshot,
        requestedBy: caller.subject,
        undoOf: deploymentId,
      });
      audited(manager, { ...aboutRollback(log, locked), after: toRollbackLogDto(log, null) });
      return { log, target };
    });
  }

  private async refuse(manager: EntityManager, log: RollbackLogEntity): Promise<void> {
    const { environmentId, createdAt, deploymentId, safetySnapshotId } = log;
    const [busy, newer] = await Promise.all([
      manager.findOneBy(RollbackLogEntity, { environmentId, status: In(unfinished) }),
      manager.findOneBy(RollbackLogEntity, {
        environmentId,
        createdAt: MoreThan(createdAt),
        status: 'completed',
        deploymentId: Not(deploymentId),
      }),
    ]);
    const facts = { log, busyWith: busy?.deploymentId ?? null, newer: newer?.deploymentId ?? null };
    const why = decideUndo(facts, await databaseTime(manager));
    if (why !== null) throw errors.undoUnavailable(why, safetySnapshotId);
  }

  /** A process that cannot reach the environment leaves the looking to the worker that can. */
  private async refuseUnlessThere(original: RollbackLogEntity, target: EnvironmentEntity): Promise<void> {
    if (!this.configuration.WORKER_POOLS.includes(target.pool)) return;
    await this.staging.stage(original, target, randomUUID());
  }
}
