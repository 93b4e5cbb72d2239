import { describe, expect, it } from 'vitest';
import type { RollbackLog, RollbackProgress } from '../../../sdk/typescript/index.js';
import { rollbackAnswer, timeLeft, undoLeftMs } from './rollback-answer.js';

const LOG = {
  status: 'completed',
  downtimeMs: 84,
  undoneBy: null,
  undoOf: null,
  failure: null,
  steps: [],
} as unknown as RollbackLog;
const told = (changes: Partial<RollbackLog>, event?: Partial<RollbackProgress>) =>
  rollbackAnswer({ ...LOG, ...changes }, event as RollbackProgress | undefined);

describe('where a rollback is, in a sentence', () => {
  it('says the downtime when it is done, and that it was undone', () => {
    expect(told({})).toBe('Done: down for 84 ms.');
    expect(told({ undoneBy: 'another' })).toBe('Done: down for 84 ms. It has been undone since.');
  });

  it('says while it runs whether the environment is up, by the stream before the log', () => {
    const step = {
      name: 'stage-database' as const,
      status: 'running' as const,
      detail: null,
      startedAt: '',
      finishedAt: null,
    };
    expect(told({ status: 'running', steps: [step] })).toContain('Rebuilding the database');
    expect(told({ status: 'running', steps: [step] }, { phase: 'cutover' })).toContain('closed for a moment');
    expect(told({ status: 'running' })).toBe('Begun; the environment is up.');
  });

  it('says what is in place when it did not come to its end', () => {
    expect(told({ status: 'failed' })).toContain('the state of before is in place');
    expect(told({ status: 'failed', failure: { code: 'cutover-incomplete', message: '' } })).toContain(
      'Both states are kept',
    );
    expect(told({ status: 'reverted' })).toContain('in place and open');
    expect(told({ status: 'cancelled' })).toContain('was not touched');
  });
});

describe('the time that is left for an undo', () => {
  it('ends', () => {
    const undoableUntil = new Date(60_000).toISOString();
    expect(undoLeftMs({ undoableUntil }, 59_000)).toBe(1_000);
    expect(undoLeftMs({ undoableUntil }, 60_000)).toBeUndefined();
    expect(undoLeftMs({ undoableUntil: null }, 0)).toBeUndefined();
  });

  it('is told in minutes until it becomes urgent', () => {
    expect(timeLeft(41.7 * 60_000)).toBe('41 minutes');
    expect(timeLeft(4 * 60_000 + 9_500)).toBe('4 min 10 s');
    expect(timeLeft(26 * 3_600_000)).toBe('1 d 2 h');
  });
});
