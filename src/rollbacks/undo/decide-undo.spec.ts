import { describe, expect, it } from 'vitest';
import { decideUndo } from './decide-undo.js';
import type { UndoFacts } from './decide-undo.js';

const now = new Date('2026-11-23T09:00:00Z');
const earlier = new Date('2026-11-23T08:59:59Z');
const later = new Date('2026-11-23T09:00:01Z');

const kept: UndoFacts['log'] = {
  status: 'completed',
  keptUntil: later,
  undoExpiredAt: null,
  undoneBy: null,
  keptDatabase: 'snapback_kept_1',
  keptDirectory: '/srv/.kept',
  journal: { step: 'done', startedAt: earlier.toISOString() },
};

function why(log: Partial<UndoFacts['log']>, more: Partial<UndoFacts> = {}): string | null {
  return decideUndo({ log: { ...kept, ...log }, busyWith: null, newer: null, ...more }, now);
}

describe('an undo', () => {
  it('is possible as long as the previous state is kept', () => {
    expect(why({})).toBeNull();
  });

  it.each([
    ['the window is over', { keptUntil: earlier }, {}, /kept until 2026-11-23T08:59:59/],
    ['the window ends at this very moment', { keptUntil: now }, {}, /kept until/],
    ['the previous state is being removed', { undoExpiredAt: earlier }, {}, /given up/],
    ['nothing was kept', { keptUntil: null }, {}, /not kept/],
    ['it was undone', { undoneBy: 'u1' }, {}, /u1 has undone it/],
    ['it failed', { status: 'failed' }, {}, /only a completed one/],
    ['it is still running', { status: 'running' }, {}, /only a completed one/],
    ['it was reverted', { status: 'reverted' }, {}, /previous state is in place/],
    ['another one has changed the environment since', {}, { newer: 'r2' }, /r2 has changed/],
    ['an operation is under way', {}, { busyWith: 'r3' }, /r3 is under way/],
  ] as const)('is refused when %s', (_, log, more, sentence) => {
    expect(why(log, more)).toMatch(sentence);
  });
});
