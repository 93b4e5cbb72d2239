import { expect, it } from 'vitest';
import type { Environment, RollbackPlan, Snapshot } from '../../../sdk/typescript/index.js';
import { planAnswer, type Planned } from './plan-answer.js';

const HOUR = 3_600_000;
const PLANNED: Planned = {
  projectName: 'webshop',
  source: { id: 'p', name: 'production' } as Environment,
  target: { id: 'p', name: 'production' } as Environment,
  snapshot: { label: 'before 17.0', createdAt: new Date(0).toISOString(), startedAt: null } as Snapshot,
  plan: { allowed: true, safetySnapshot: true, expectedDurationSeconds: 6 } as RollbackPlan,
  undoMinutes: 60,
};
const told = (changes: Partial<Planned> = {}, plan: Partial<RollbackPlan> = {}) => {
  const { what, afterwards } = planAnswer({ ...PLANNED, ...changes, plan: { ...PLANNED.plan, ...plan } }, 3 * HOUR);
  return `${what} ${afterwards}`;
};

it('says what becomes what, for how long, and what becomes of the present state', () => {
  expect(told()).toBe(
    'webshop/production goes back to ‘before 17.0’ of 3 hours ago: about 6 s of work, under a second of downtime. What was written since then is swapped out, kept for 60 minutes for an undo, and captured as a safety snapshot.',
  );
});

it('says what is gone', () => {
  const gone = { safetySnapshot: false };
  expect(told({}, gone)).toContain('swapped out and kept for 60 minutes for an undo; after that it is gone.');
  expect(told({ undoMinutes: 0 }, gone)).toContain('swapped out and gone: nothing of it is kept.');
  expect(told({ undoMinutes: 0 })).toContain('swapped out and captured as a safety snapshot.');
  expect(told({ undoMinutes: undefined })).toContain('kept for an undo as long as the settings say');
});

it('names both environments when one becomes what another was', () => {
  const target = { id: 's', name: 'staging' } as Environment;
  expect(told({ target })).toContain(
    'webshop/staging becomes what webshop/production was 3 hours ago, ‘before 17.0’: about 6 s',
  );
  expect(told({ target })).toContain('What staging has now is swapped out');
});

it('says that nothing is touched when it would be refused', () => {
  expect(told({}, { allowed: false })).toContain('cannot be rolled back to ‘before 17.0’ of 3 hours ago as things are');
});
