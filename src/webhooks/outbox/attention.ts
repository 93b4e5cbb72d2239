import type { Attention, OperationKind } from '../../contract/generated/types.gen.js';
import type { AskedFor, KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import type { RollbackLogEntity } from '../../rollbacks/rollback-log.entity.js';
import type { SnapshotEntity } from '../../snapshots/snapshot.entity.js';
import { NEEDS_PERSON } from '../../rollbacks/rollback-transitions.js';

/** Which of what the keeper looks after people are shown as operations; webhooks and the replica are no environment's. */
const SHOWN: Record<Exclude<OperationKind, AskedFor | 'webhook-delivery' | 'replication'>, true> = {
  'rollback-recovery': true,
  'snapshot-deletion': true,
  'safety-snapshot': true,
  'kept-state': true,
  'left-over': true,
  collection: true,
  retention: true,
  schedule: true,
  standby: true,
};

/** Null for what is no environment's, and for what people are not shown. */
export function attentionOf(
  { id, kind, environmentId, failure }: KeeperItemEntity,
  help: string | null,
): Attention | null {
  if (environmentId === null || failure === null || !isShown(kind)) return null;
  return { operationId: id, kind, environmentId, deploymentId: null, reason: failure, help };
}

/** Null unless only a person can end it. */
export function attentionOfRollback(
  log: Pick<RollbackLogEntity, 'deploymentId' | 'environmentId' | 'status' | 'failure'>,
): Attention | null {
  const { deploymentId, environmentId, status, failure } = log;
  if (status !== 'failed' || failure?.code !== NEEDS_PERSON) return null;
  const help = 'See "A rollback that failed with cutover-incomplete" in docs/troubleshooting.md: both states are kept.';
  return { operationId: null, kind: 'rollback', environmentId, deploymentId, reason: failure, help };
}

/** A snapshot that will be deleted one day unless somebody pins it again. */
export function attentionOfPin({ id, environmentId, pinExpiresAt }: SnapshotEntity): Attention {
  const message = `The pin of the snapshot ${id} expires on ${pinExpiresAt?.toISOString()}.`;
  const reason = { code: 'pin-expires', message };
  const help = 'Pin it again to keep it, for longer or without an end.';
  return { operationId: null, kind: 'retention', environmentId, deploymentId: null, reason, help };
}

function isShown(kind: KeeperItemEntity['kind']): kind is keyof typeof SHOWN {
  return kind in SHOWN;
}
