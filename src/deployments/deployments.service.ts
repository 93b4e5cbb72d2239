import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import type { Caller } from '../auth/caller.js';
import type { DeploymentCreate, DeploymentFinish, Finding } from '../contract/generated/types.gen.js';
import { databaseTime } from '../database/database-time.js';
import { errors } from '../errors/catalogue.js';
import { claimIdempotencyKey } from '../idempotency/idempotency.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { refusedByQuota } from '../quotas/quota-refusal.js';
import { Quotas } from '../quotas/quotas.js';
import { SettingsReader } from '../settings/settings-reader.js';
import { SnapshotLifecycle } from '../snapshots/snapshot-lifecycle.js';
import { DeploymentReader } from './deployment-reader.js';
import { toDeploymentDto } from './deployment.dto.js';
import { DeploymentEntity } from './deployment.entity.js';
import { Announcements } from '../announcements/announcements.js';
import { gateDecided, rollbackOfFailed } from './deployment-announcements.js';
import { gateWithoutRoom, gateWithoutSnapshot } from './decide-gate.js';

/** Characters, as in the contract. */
const LONGEST_LABEL = 200;

/** The gate a pipeline passes: announced, opened by `Gates`, finished. */
@Injectable()
export class DeploymentsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly settings: SettingsReader,
    private readonly reader: DeploymentReader,
    private readonly snapshots: SnapshotLifecycle,
    private readonly announcements: Announcements,
    private readonly quotas: Quotas,
  ) {}

  /** Announces a deployment; 409 while a rollback is changing the environment, and over a quota (429: of what waits). */
  async announce(
    caller: Caller,
    environmentId: string,
    body: DeploymentCreate,
    idempotencyKey: string | undefined,
  ): Promise<DeploymentEntity> {
    await this.environments.require(caller, environmentId);
    return this.dataSource.transaction(async (manager) => {
      const id = randomUUID();
      const request = {
        organization: caller.organization,
        operation: 'deploymentCreate',
        key: idempotencyKey,
        request: { environmentId, body },
      };
      const earlier = await claimIdempotencyKey(manager, request, id);
      if (earlier !== null) return this.reader.require(caller, earlier, manager);
      const environment = await this.environments.lock(manager, environmentId);
      await refuseDuringRollback(manager, environmentId);
      await this.quotas.admitWaiting(manager, caller.organization);
      const asked = { id, version: body.version ?? null, requestedBy: caller.subject };
      const deployment = await this.record(manager, environment, asked);
      audited(manager, {
        ...{ subject: ['deployment', id], projectId: environment.projectId, environmentId },
        after: toDeploymentDto(deployment),
      });
      return deployment;
    });
  }

  /**
   * Ends a deployment. A failed one may be rolled back to its snapshot: that is started first, so that a
   * refusal leaves the deployment as it was.
   */
  async finish(caller: Caller, deploymentId: string, body: DeploymentFinish): Promise<DeploymentEntity> {
    const deployment = await this.reader.require(caller, deploymentId);
    if (deployment.kind !== 'deploy') throw errors.notFound('deployment', deploymentId);
    const status = body.outcome === 'succeeded' ? 'completed' : 'failed';
    const repeated = refuseUnlessRunning(deployment, status);
    if (repeated) return deployment;
    if (status === 'completed' && deployment.gate !== 'open') throw errors.gateNotOpen(deployment.gate ?? 'closed');
    const rollsBack = status === 'failed' && body.rollbackOnFailure === true;
    if (rollsBack && !caller.permissions.has('rollbacks:write')) throw errors.permissionMissing('rollbacks:write');
    const rollbackDeploymentId = rollsBack
      ? await this.announcements.ask(rollbackOfFailed, { caller, deployment })
      : null;
    return this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.update(
        DeploymentEntity,
        { id: deploymentId, status: 'running' },
        { status, rollbackDeploymentId, finishedAt: () => 'clock_timestamp()', ...closed(deployment) },
      );
      const finished = await manager.findOneByOrFail(DeploymentEntity, { id: deploymentId });
      // Somebody else has finished it a moment ago.
      if (affected !== 1) {
        refuseUnlessRunning(finished, status);
        return finished;
      }
      if (deployment.gate === 'pending') await this.announcements.announce(manager, gateDecided, finished);
      const { environmentId } = finished;
      const [before, after] = [toDeploymentDto(deployment), toDeploymentDto(finished)];
      audited(manager, { subject: ['deployment', deploymentId], environmentId, before, after });
      return finished;
    });
  }

  private async record(
    manager: EntityManager,
    environment: EnvironmentEntity,
    { id, version, requestedBy }: Pick<DeploymentEntity, 'id' | 'version' | 'requestedBy'>,
  ): Promise<DeploymentEntity> {
    const { autoEnabled, timeoutSeconds, failurePolicy } = await this.settings.of(environment.id, manager);
    const createdAt = await databaseTime(manager);
    const order = {
      trigger: 'pre_deploy' as const,
      label: version === null ? undefined : labelFor(version),
      requestedBy,
      deploymentId: id,
    };
    const goesOnWithout = (error: unknown): Finding => {
      if (failurePolicy === 'block') throw error;
      return refusedByQuota(error);
    };
    const ordered = autoEnabled ? await this.snapshots.order(manager, environment, order).catch(goesOnWithout) : null;
    const snapshot = ordered !== null && 'id' in ordered ? ordered : null;
    const open = ordered !== null && 'code' in ordered ? gateWithoutRoom(ordered) : gateWithoutSnapshot;
    const deployment = await manager.save(
      manager.create(DeploymentEntity, {
        id,
        environmentId: environment.id,
        kind: 'deploy',
        status: 'running',
        version,
        gate: snapshot === null ? open.gate : 'pending',
        gateReason: snapshot === null ? open.reason : 'Waiting for the pre-deploy snapshot.',
        gateDeadline: snapshot === null ? null : new Date(createdAt.getTime() + timeoutSeconds * 1000),
        snapshotId: snapshot?.id ?? null,
        requestedBy,
        createdAt,
      }),
    );
    if (deployment.gate !== 'pending') await this.announcements.announce(manager, gateDecided, deployment);
    return deployment;
  }
}

/** As long as a label may be, counted as the contract does: in characters, not in UTF-16 units. */
function labelFor(version: string): string {
  return [...`before ${version}`].slice(0, LONGEST_LABEL).join('');
}

/** A deployment that ended before its gate was decided needs none any more. */
function closed(deployment: DeploymentEntity): Partial<DeploymentEntity> {
  return deployment.gate === 'pending'
    ? { gate: 'closed', gateReason: 'The deployment was finished before its snapshot was.' }
    : {};
}

/** Returns whether the deployment already ended this way; throws when it ended otherwise. */
function refuseUnlessRunning(deployment: DeploymentEntity, status: 'completed' | 'failed'): boolean {
  if (deployment.status === 'running') return false;
  if (deployment.status === status) return true;
  throw errors.deploymentFinished(deployment.status === 'completed' ? 'succeeded' : 'failed');
}

async function refuseDuringRollback(manager: EntityManager, environmentId: string): Promise<void> {
  const rollback = await manager.findOneBy(DeploymentEntity, {
    environmentId,
    kind: 'rollback',
    status: In(['queued', 'running']),
  });
  if (rollback !== null) throw errors.environmentBusy('rollback', rollback.id);
}
