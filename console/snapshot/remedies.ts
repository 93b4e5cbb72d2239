import type { Finding, RestorabilityFinding, RestorabilityState } from '../../sdk/typescript/index.js';

/** What to do about something that speaks against restoring a snapshot. Its message says what is wrong where. */
export function remedyOf({ code, blocking }: RestorabilityFinding, state: RestorabilityState): string {
  if (state === 'proven') return 'It was restored all the same: there is nothing to do.';
  if (code === 'snapshot-damaged')
    return 'Have the vault looked through with "npm run vault -- check", and mended where it says so.';
  if (code === 'definitions-differ' || code === 'left-out')
    return 'Decide whether what differs matters to you. If it does, take a snapshot once it is mended.';
  if (blocking) return 'Mend that on the server, then verify the snapshot.';
  if (state === 'refuted') return 'Do not count on it: take a new snapshot, and verify that one.';
  return 'Verify the snapshot: that tells whether it matters.';
}

const OF_FAILURES: Record<string, string> = {
  'database-unreachable': 'See that the database answers, then take a new one.',
  'pool-unreachable': 'Start a worker that reaches the environment, then take a new one.',
  'worker-lost': 'Its worker was lost, such as by a restart. Take a new one.',
  'timed-out': 'Raise timeoutSeconds in the settings, or see what makes the environment slow, then take a new one.',
  'filestore-missing': 'See that the directory is there and can be read, then take a new one.',
  'differential-not-possible': 'Take a full one.',
};

/** What to do about a snapshot that failed. */
export function remedyOfFailure({ code }: Finding): string {
  return OF_FAILURES[code] ?? 'Mend what it says, then take a new one. Nothing of this one is left in the vault.';
}
