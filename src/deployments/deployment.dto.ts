import type { Deployment } from '../contract/generated/types.gen.js';
import type { DeploymentEntity } from './deployment.entity.js';

export function toDeploymentDto(row: DeploymentEntity): Deployment {
  return {
    id: row.id,
    environmentId: row.environmentId,
    kind: row.kind,
    status: row.status,
    version: row.version,
    gate: row.gate,
    gateReason: row.gateReason,
    snapshotId: row.snapshotId,
    rollbackDeploymentId: row.rollbackDeploymentId,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
