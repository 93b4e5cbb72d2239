import { describe, expect, it } from 'vitest';
import { decideGate } from './gate.js';

const failed = { status: 'failed', failure: { code: 'database-unreachable', message: 'No answer.' } } as const;

describe('decideGate', () => {
  it('opens when the snapshot is completed, whatever the policy', () => {
    expect(decideGate({ status: 'completed', failure: null }, 'block').gate).toBe('open');
    expect(decideGate({ status: 'completed', failure: null }, 'continue').gate).toBe('open');
  });

  it('stays closed after a failure when the policy is block, and says why', () => {
    const decision = decideGate(failed, 'block');
    expect(decision.gate).toBe('closed');
    expect(decision.reason).toContain('No answer.');
  });

  it('opens with a warning after a failure when the policy is continue', () => {
    const decision = decideGate(failed, 'continue');
    expect(decision.gate).toBe('open');
    expect(decision.reason).toMatch(/^Warning: .*No answer\./);
  });

  it('treats a cancelled snapshot as one that failed', () => {
    expect(decideGate({ status: 'cancelled', failure: null }, 'block').gate).toBe('closed');
  });
});
