import { describe, expect, it } from 'vitest';
import { learn, nothingKnown, type RestorabilityEvent } from '../snapshots/restorability/restorability.js';
import { decideGate, snapshotGone, type GateSnapshot } from './decide-gate.js';

const completed = (...events: RestorabilityEvent[]): GateSnapshot => ({
  status: 'completed',
  failure: null,
  known: events.reduce(learn, nothingKnown),
  requires: 'captured',
  standsReady: false,
  isLate: false,
  verification: 'none',
});
const failed: GateSnapshot = {
  ...completed(),
  status: 'failed',
  failure: { code: 'database-unreachable', message: 'No answer.' },
};
const finding = { code: 'some-code', message: 'The type earth does not exist.', blocking: false };
const proven: RestorabilityEvent = { event: 'proven', at: new Date(0) };

describe('decideGate', () => {
  it('opens when the snapshot is completed, whatever the policy', () => {
    expect(decideGate(completed(), 'block').gate).toBe('open');
    expect(decideGate(completed(), 'continue').gate).toBe('open');
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

  it('treats a cancelled snapshot, and one that is gone, as one that failed', () => {
    expect(decideGate({ ...failed, status: 'cancelled', failure: null }, 'block').gate).toBe('closed');
    expect(decideGate(snapshotGone, 'block').gate).toBe('closed');
  });

  it.each([
    ['a blocking finding of its capture', completed({ event: 'captured', findings: [{ ...finding, blocking: true }] })],
    ['a difference', completed({ event: 'disproved', findings: [finding] })],
    ['damage in the vault', completed(proven, { event: 'vault-damaged', findings: [finding] })],
    ['a privilege a restore missed', completed({ event: 'undecided', findings: [{ ...finding, blocking: true }] })],
  ])('never opens after %s, except with a warning where the policy wants that', (_, snapshot) => {
    for (const verification of ['awaited', 'late', 'none'] as const) {
      const closed = decideGate({ ...snapshot, verification }, 'block');
      expect(closed).toMatchObject({
        gate: 'closed',
        reason: expect.stringContaining('The type earth does not exist.'),
      });
      const opened = decideGate({ ...snapshot, verification }, 'continue');
      expect(opened).toMatchObject({ gate: 'open', reason: expect.stringMatching(/^Warning: .*type earth/) });
    }
  });

  it('waits for a verification, and not for ever', () => {
    expect(decideGate({ ...completed(), verification: 'awaited' }, 'block').gate).toBe('pending');
    expect(decideGate({ ...completed(), verification: 'late' }, 'block')).toMatchObject({
      gate: 'open',
      reason: expect.stringMatching(/^Warning: .*not ended within timeoutSeconds/),
    });
  });

  it('opens with what is known', () => {
    expect(decideGate(completed(proven), 'block').reason).toContain('was restored and compared');
    const doubtful = decideGate(completed({ event: 'undecided', findings: [finding] }), 'block');
    expect(doubtful).toMatchObject({ gate: 'open', reason: expect.stringMatching(/^Warning: .*type earth/) });
  });

  it('opens on what is proven only, where that is required', () => {
    const requires = { requires: 'proven' } as const;
    expect(decideGate({ ...completed(), ...requires, verification: 'awaited' }, 'block').gate).toBe('pending');
    expect(decideGate({ ...completed(proven), ...requires }, 'block').gate).toBe('open');
    const undecided = decideGate({ ...completed({ event: 'undecided', findings: [finding] }), ...requires }, 'block');
    expect(undecided).toMatchObject({ gate: 'closed', reason: expect.stringContaining('not proven') });
    expect(decideGate({ ...completed(), ...requires, verification: 'late', isLate: true }, 'continue')).toMatchObject({
      gate: 'open',
      reason: expect.stringMatching(/^Warning: .*not proven/) as string,
    });
  });

  it('opens when a standby is ready only, where that is required, and waits for it as long as there is time', () => {
    const requires = { requires: 'standby' } as const;
    expect(decideGate({ ...completed(proven), ...requires }, 'block')).toMatchObject({
      gate: 'pending',
      reason: expect.stringContaining('standby') as string,
    });
    expect(decideGate({ ...completed(proven), ...requires, standsReady: true }, 'block').gate).toBe('open');
    expect(decideGate({ ...completed(proven), ...requires, isLate: true }, 'block')).toMatchObject({
      gate: 'closed',
      reason: expect.stringContaining('No standby') as string,
    });
  });
});
