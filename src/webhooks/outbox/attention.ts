import type { Attention, OperationKind } from '../../contract/generated/types.gen.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import type { RollbackLogEntity } from '../../rollbacks/rollback-log.entity.js';
import { NEEDS_PERSON } from '../../rollbacks/rollback-transitions.js';

/** Which of what the keeper looks after people are shown as operations; webhooks are no environment's. */
const SHOWN: Record<Exclude<OperationKind, 'snapshot' | 'verification' | 'rollback' | 'webhook-delivery'>, true> = {
  'rollback-recovery': true,
  'snapshot-deletion': true,
  'safety-snapshot': true,
  'kept-state': true,
  'left-over': true,
  collection: true,
  retention: true,
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
  const help = 'See "A rollback that failed with cutover-incomplete" in docs/operating.md: both states are kept.';
  return { operationId: null, kind: 'rollback', environmentId, deploymentId, reason: failure, help };
}

function isShown(kind: KeeperItemEntity['kind']): kind is keyof typeof SHOWN {
  return kind in SHOWN;
}
