import { describe, expect, it } from 'vitest';
import { snapshotAt, turned, wayRound } from './pair.js';

const snapshot = (id: string, label: string | null, at: string, environmentId = 'e') => ({
  ...{ id, label, environmentId },
  createdAt: '2026-11-30T00:00:00.000Z',
  startedAt: at,
});
const older = snapshot('1', 'before 17.0', '2026-11-30T08:12:00.000Z');
const newer = snapshot('2', null, '2026-11-30T13:02:00.000Z');

describe('two snapshots', () => {
  it('are named by their labels and the times of what is in them, in the zone', () => {
    expect(snapshotAt(older, 'Europe/Berlin')).toBe('‘before 17.0’ of 30 Nov 2026, 09:12');
    expect(snapshotAt(newer, 'UTC')).toBe('the snapshot of 30 Nov 2026, 13:02');
  });

  it('are compared in a direction that is said', () => {
    expect(wayRound(older, newer, 'UTC')).toBe(
      'From ‘before 17.0’ of 30 Nov 2026, 08:12 to the snapshot of 30 Nov 2026, 13:02, 4 h 50 min later.',
    );
    expect(wayRound(newer, older, 'UTC')).toMatch(
      /, 4 h 50 min earlier: what was made in between counts as removed\.$/,
    );
    expect(wayRound(newer, newer, 'UTC')).toBe('The snapshot of 30 Nov 2026, 13:02, compared with itself.');
  });

  it('change their places, each with its environment where there are two', () => {
    expect(turned(older, newer)).toEqual({ snapshotId: '2', environmentId: 'e', search: { with: '1' } });
    const elsewhere = snapshot('3', null, newer.startedAt, 'other');
    expect(turned(older, elsewhere)).toEqual({
      ...{ snapshotId: '3', environmentId: 'other' },
      search: { with: '1', environment: 'e' },
    });
  });
});
