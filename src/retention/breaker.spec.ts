import { describe, expect, it } from 'vitest';
import { whyStopped } from './breaker.js';

describe('whyStopped', () => {
  it('lets a run delete what the one before expected', () => {
    expect(whyStopped({ completed: 100, due: 10, forecast: 10, isHeld: false }, 0.5)).toBeNull();
    expect(whyStopped({ completed: 100, due: 0, forecast: 0, isHeld: false }, 0.5)).toBeNull();
  });

  it('stops one that would delete more than the share, whatever was expected and nobody having expected anything', () => {
    expect(whyStopped({ completed: 100, due: 51, forecast: 60, isHeld: false }, 0.5)).toContain('51 of 100');
    expect(whyStopped({ completed: 100, due: 51, forecast: null, isHeld: false }, 0.5)).toContain(
      'RETENTION_MAX_SHARE',
    );
    expect(whyStopped({ completed: 100, due: 50, forecast: null, isHeld: false }, 0.5)).toBeNull();
  });

  it('stops one that would delete more than was expected, as when the clock jumped by a week', () => {
    expect(whyStopped({ completed: 100, due: 8, forecast: 1, isHeld: false }, 0.5)).toContain('expected 1 at most');
  });

  it('takes a single deletion for no slip', () => {
    expect(whyStopped({ completed: 2, due: 1, forecast: 0, isHeld: false }, 0.1)).toBeNull();
  });

  it('stops at nothing with a share of 1 and no forecast', () => {
    expect(whyStopped({ completed: 10, due: 10, forecast: null, isHeld: false }, 1)).toBeNull();
  });

  it('stops at any deletion, also a single one, where nobody has looked since the snapshots were brought back', () => {
    expect(whyStopped({ completed: 9, due: 1, forecast: 9, isHeld: true }, 1)).toContain('brought back from the vault');
    expect(whyStopped({ completed: 9, due: 0, forecast: null, isHeld: true }, 1)).toBeNull();
  });
});
