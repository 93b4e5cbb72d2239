import type { RollbackStatus } from '../contract/generated/types.gen.js';

/** Every way a rollback's status may change; nothing else changes one. Only one that has not touched anything goes back to `queued`. */
const transitions: Record<RollbackStatus, readonly RollbackStatus[]> = {
  queued: ['running', 'failed', 'cancelled'],
  running: ['queued', 'completed', 'failed', 'reverted', 'cancelled'],
  completed: [],
  failed: [],
  reverted: [],
  cancelled: [],
};

/** The states from which a rollback may become `status`. */
export function statesBefore(status: RollbackStatus): RollbackStatus[] {
  return (Object.keys(transitions) as RollbackStatus[]).filter((from) => transitions[from].includes(status));
}

export function hasEnded(status: RollbackStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** The states in which a rollback keeps others from changing its environment. */
export const unfinished: RollbackStatus[] = ['queued', 'running'];

/** The failure of one whose cutover only a person can end: both states are kept. */
export const NEEDS_PERSON = 'cutover-incomplete';
