import { describe, expect, it } from 'vitest';
import { hasEnded, statesBefore } from './snapshot-status.js';

describe('the states of a snapshot', () => {
  it('complete only from running', () => {
    expect(statesBefore('completed')).toEqual(['running']);
  });

  it('never leave a final state but to be deleted', () => {
    for (const status of ['queued', 'running', 'failed', 'cancelled'] as const) {
      expect(statesBefore(status)).not.toContain('completed');
      expect(statesBefore(status)).not.toContain('deleting');
    }
    expect(statesBefore('deleting')).toEqual(['completed', 'failed', 'cancelled']);
  });

  it('have ended when no worker is wanted any more', () => {
    expect((['queued', 'running'] as const).map(hasEnded)).toEqual([false, false]);
    expect((['completed', 'failed', 'cancelled', 'deleting'] as const).map(hasEnded)).toEqual([true, true, true, true]);
  });
});
