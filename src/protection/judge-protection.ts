import type { Finding, ProtectionState } from '../contract/generated/types.gen.js';
import type { EnvironmentFacts } from './protection-facts.js';

/** One run may fail, or come late; when two are missing, somebody has to look. */
const MISSING_RUNS = 2;

export interface Judgement {
  state: ProtectionState;
  /** Since when it is not as it should be; null when it is, or nothing is expected. */
  since: Date | null;
  reason: Finding | null;
}

/** Whether an environment is protected. Pure. */
export function judgeProtection(facts: EnvironmentFacts, now: Date): Judgement {
  const { expectedIntervalSeconds, isPaused, lastSuccessful, createdAt } = facts;
  if (isPaused) return { state: 'paused', since: null, reason: null };
  if (expectedIntervalSeconds === 0) return { state: 'unscheduled', since: null, reason: null };
  const reason = facts.lastFailure ?? facts.lastSkipped;
  if (lastSuccessful === null) return { state: 'unprotected', since: createdAt, reason };
  const until = new Date(lastSuccessful.getTime() + MISSING_RUNS * expectedIntervalSeconds * 1000);
  if (now > until) return { state: 'late', since: until, reason };
  return { state: 'protected', since: null, reason: null };
}
