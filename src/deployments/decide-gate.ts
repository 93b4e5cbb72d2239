import type { FailurePolicy, GateRequires, Finding, Gate, SnapshotStatus } from '../contract/generated/types.gen.js';
import { cannotBeRestored, sentencesOf, stateOf, type Knowledge } from '../snapshots/restorability/restorability.js';

export interface GateDecision {
  gate: Gate;
  /** A sentence for the person who reads the pipeline's log. */
  reason: string;
}

/** A pre-deploy snapshot, as far as its gate is concerned. */
export interface GateSnapshot {
  status: SnapshotStatus;
  failure: Finding | null;
  /** What is known of whether it can be restored. */
  known: Knowledge;
  requires: GateRequires;
  /** A standby of it is there. */
  standsReady: boolean;
  /** The time of the gate is up. */
  isLate: boolean;
  /** `awaited`: the settings want it verified, and that has not ended. `late`: nor did it in time. */
  verification: 'awaited' | 'late' | 'none';
}

/**
 * Whether a deployment may go on, now that its pre-deploy snapshot has ended, a verification of it has, or its time is up.
 * It never opens on a snapshot that is known not to be restorable, unless the policy says so. Pure.
 */
export function decideGate(snapshot: GateSnapshot, failurePolicy: FailurePolicy): GateDecision {
  const problem = problemOf(snapshot);
  const waits = problem === null ? waitsFor(snapshot) : null;
  if (waits !== null)
    return { gate: 'pending', reason: `The pre-deploy snapshot is completed; waiting for its ${waits}.` };
  const lack = problem ?? lackOf(snapshot);
  if (lack !== null) {
    return failurePolicy === 'block'
      ? { gate: 'closed', reason: `${lack} failurePolicy is block, so the deployment must not go on.` }
      : {
          gate: 'open',
          reason: `Warning: ${lack} failurePolicy is continue, so the deployment goes on without it.`,
        };
  }
  return { gate: 'open', reason: whatIsKnown(snapshot) };
}

/** What may still come; null when nothing is waited for any more. */
function waitsFor({ requires, standsReady, isLate, verification }: GateSnapshot): 'verification' | 'standby' | null {
  if (verification === 'awaited') return requires === 'standby' ? 'standby' : 'verification';
  // One that could not be built is built again.
  return requires === 'standby' && !standsReady && !isLate ? 'standby' : null;
}

/** What the settings require and is not there; null when nothing is lacking. */
function lackOf({ requires, standsReady, known }: GateSnapshot): string | null {
  if (requires === 'standby' && !standsReady) return 'No standby of the pre-deploy snapshot is ready.';
  if (requires === 'captured' || stateOf(known) === 'proven') return null;
  const why = sentencesOf(known);
  return `The pre-deploy snapshot is completed, and not proven to be restorable.${why === '' ? '' : ` ${why}`}`;
}

/** Why there is nothing to roll back to; null when there is something, as far as is known. */
function problemOf({ status, failure, known }: GateSnapshot): string | null {
  if (status === 'cancelled') return 'The pre-deploy snapshot was cancelled.';
  if (status === 'deleting') return 'The pre-deploy snapshot was deleted.';
  if (status !== 'completed') {
    return `The pre-deploy snapshot failed: ${failure?.message ?? 'no reason was recorded.'}`;
  }
  if (!cannotBeRestored(known)) return null;
  return `The pre-deploy snapshot is completed, and cannot be restored as things stand: ${sentencesOf(known)}`;
}

function whatIsKnown({ known, verification }: GateSnapshot): string {
  const state = stateOf(known);
  if (state === 'proven') return 'The pre-deploy snapshot is completed, and was restored and compared.';
  const late = verification === 'late' ? ' Its verification has not ended within timeoutSeconds.' : '';
  if (state !== 'doubtful') return `${late && 'Warning: '}The pre-deploy snapshot is completed.${late}`;
  const doubts = `It is doubtful whether it can be restored: ${sentencesOf(known)}`;
  return `Warning: The pre-deploy snapshot is completed.${late} ${doubts}`;
}

/** The gate of a deployment whose environment takes no snapshots by itself. */
export const gateWithoutSnapshot: GateDecision = {
  gate: 'open',
  reason: 'No snapshot was taken: autoEnabled is off for this environment.',
};

/** That of one whose snapshot a quota refuses, where the settings let deployments go on without. */
export function gateWithoutRoom({ message }: Finding): GateDecision {
  return { gate: 'open', reason: `Warning: no snapshot was taken. ${message}` };
}

/** A pre-deploy snapshot whose row is gone while its gate was waiting. */
export const snapshotGone: GateSnapshot = {
  status: 'deleting',
  failure: null,
  known: { findings: [], provenAt: null },
  requires: 'captured',
  standsReady: false,
  isLate: true,
  verification: 'none',
};
