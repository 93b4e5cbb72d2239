import type { FailurePolicy, Finding, Gate, SnapshotStatus } from '../contract/generated/types.gen.js';

export interface GateDecision {
  gate: Gate;
  /** A sentence for the person who reads the pipeline's log. */
  reason: string;
}

/** Whether a deployment may go on, now that its pre-deploy snapshot has ended. Pure. */
export function decideGate(
  snapshot: { status: SnapshotStatus; failure: Finding | null },
  failurePolicy: FailurePolicy,
): GateDecision {
  if (snapshot.status === 'completed') return { gate: 'open', reason: 'The pre-deploy snapshot is completed.' };
  const what =
    snapshot.status === 'cancelled'
      ? 'The pre-deploy snapshot was cancelled.'
      : `The pre-deploy snapshot failed: ${snapshot.failure?.message ?? 'no reason was recorded.'}`;
  return failurePolicy === 'block'
    ? { gate: 'closed', reason: `${what} failurePolicy is block, so the deployment must not go on.` }
    : { gate: 'open', reason: `Warning: ${what} failurePolicy is continue, so the deployment goes on without it.` };
}

/** The gate of a deployment whose environment takes no snapshots by itself. */
export const gateWithoutSnapshot: GateDecision = {
  gate: 'open',
  reason: 'No snapshot was taken: autoEnabled is off for this environment.',
};
