import type { SnapshotStatus } from '../contract/generated/types.gen.js';

/**
 * Every way a snapshot's status may change; nothing else changes one. A running snapshot whose worker
 * was lost or shut down goes back to `queued`.
 */
const transitions: Record<SnapshotStatus, readonly SnapshotStatus[]> = {
  queued: ['running', 'failed', 'cancelled'],
  running: ['running', 'queued', 'completed', 'failed', 'cancelled'],
  completed: ['deleting'],
  failed: ['deleting'],
  cancelled: ['deleting'],
  deleting: [],
};

/** The states from which a snapshot may become `status`. */
export function statesBefore(status: SnapshotStatus): SnapshotStatus[] {
  return (Object.keys(transitions) as SnapshotStatus[]).filter((from) => transitions[from].includes(status));
}

export function hasEnded(status: SnapshotStatus): boolean {
  return status !== 'queued' && status !== 'running';
}
