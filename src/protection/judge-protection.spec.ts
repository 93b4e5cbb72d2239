import { describe, expect, it } from 'vitest';
import { judgeProtection } from './judge-protection.js';
import type { EnvironmentFacts } from './protection-facts.js';

const NOW = new Date('2026-11-23T12:00:00Z');
const failure = { code: 'database-unreachable', message: 'It does not answer.' };
const skipped = { code: 'run-missed', message: 'Nobody looked after it.' };

function judged(changes: Partial<EnvironmentFacts>) {
  const facts = {
    createdAt: new Date('2026-11-01T00:00:00Z'),
    lastSuccessful: new Date('2026-11-23T11:00:00Z'),
    expectedIntervalSeconds: 3600,
    isPaused: false,
    lastFailure: null,
    lastSkipped: null,
    ...changes,
  } as EnvironmentFacts;
  const { state, since, reason } = judgeProtection(facts, NOW);
  return [state, since?.toISOString().slice(0, 16) ?? null, reason?.code ?? null];
}

describe('an environment', () => {
  it.each<[string, Partial<EnvironmentFacts>, (string | null)[]]>([
    ['is protected with a snapshot of the last two runs', {}, ['protected', null, null]],
    ['is protected although the last run failed', { lastFailure: failure }, ['protected', null, null]],
    [
      'is late when two runs are missing, since when the second was due',
      { lastSuccessful: new Date('2026-11-23T09:30:00Z'), lastFailure: failure, lastSkipped: skipped },
      ['late', '2026-11-23T11:30', 'database-unreachable'],
    ],
    [
      'is late because nobody looked after it',
      { lastSuccessful: new Date('2026-11-20T00:00:00Z'), lastSkipped: skipped },
      ['late', '2026-11-20T02:00', 'run-missed'],
    ],
    [
      'is unprotected since it is there, without any',
      { lastSuccessful: null },
      ['unprotected', '2026-11-01T00:00', null],
    ],
    [
      'expects nothing without a schedule',
      { expectedIntervalSeconds: 0, lastSuccessful: null },
      ['unscheduled', null, null],
    ],
    ['is paused', { isPaused: true, expectedIntervalSeconds: 0, lastSuccessful: null }, ['paused', null, null]],
  ])('%s', (_, changes, expected) => {
    expect(judged(changes)).toEqual(expected);
  });
});
