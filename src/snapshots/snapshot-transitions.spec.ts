import { describe, expect, it } from 'vitest';
import { hasEnded, transitions } from './snapshot-transitions.js';

const all = Object.values(transitions);

describe('the states of a snapshot', () => {
  it('complete only from running', () => {
    expect(all.filter(({ to }) => to === 'completed').flatMap(({ from }) => from)).toEqual(['running']);
  });

  it('never leave a final state but to be deleted', () => {
    const out = all.filter(({ from }) => from.some((status) => hasEnded(status) && status !== 'deleting'));
    expect(out).toEqual([transitions.remove]);
  });

  it('have ended when no worker is wanted any more', () => {
    expect((['queued', 'running'] as const).map(hasEnded)).toEqual([false, false]);
    expect((['completed', 'failed', 'cancelled', 'deleting'] as const).map(hasEnded)).toEqual([true, true, true, true]);
  });

  it('tell others exactly when a snapshot ends by itself or by a person who calls it off', () => {
    for (const { to, from, ends } of all)
      expect(ends === true).toBe(to !== null && hasEnded(to) && from.some((status) => !hasEnded(status)));
  });

  it('leave nothing behind that nobody looks after: only what counts stays in the vault', () => {
    const leaving = all.filter(({ leaves }) => leaves === 'everything').map(({ to }) => to);
    expect(leaving).toEqual(['failed', 'cancelled', 'deleting']);
  });
});
