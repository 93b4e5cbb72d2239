import type { RollbackStatus, WebhookEventType } from '../../contract/generated/types.gen.js';

const ENDED = {
  completed: 'rollback.completed',
  failed: 'rollback.failed',
  reverted: 'rollback.reverted',
} as const satisfies Partial<Record<RollbackStatus, WebhookEventType>>;

/** What is told of a rollback that has got on; null: nothing. One that is taken up again had started before. Pure. */
export function typeOfRollback({ status, attempt }: { status: RollbackStatus; attempt: number }) {
  if (status === 'running') return attempt === 1 ? 'rollback.started' : null;
  return status === 'completed' || status === 'failed' || status === 'reverted' ? ENDED[status] : null;
}
