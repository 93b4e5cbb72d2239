import { describe, expect, it } from 'vitest';
import type { RollbackPlan } from '../../../sdk/typescript/index.js';
import { planDifferences } from './plan-differences.js';

const PLAN: RollbackPlan = {
  environmentId: 'e',
  targetEnvironmentId: 'e',
  snapshotId: 's',
  allowed: true,
  refusals: [],
  warnings: [],
  steps: [],
  snapshotIds: ['s'],
  safetySnapshot: true,
  standby: true,
  neutralize: false,
  database: { name: 'shop', currentBytes: 1, restoreBytes: 1, sessions: [] },
  databaseChanges: [],
  filestore: { path: '/srv/shop', restoreBytes: 1, restoreFiles: 1, requiredBytes: 1, freeBytes: 9 },
  leftOut: null,
  expectedDurationSeconds: 1,
  planToken: 'one',
};
const since = (changes: Partial<RollbackPlan>) => planDifferences(PLAN, { ...PLAN, ...changes });

describe('what a plan says otherwise than before', () => {
  it('is nothing when only sizes, sessions and times are others', () => {
    const database = {
      ...PLAN.database!,
      currentBytes: 5,
      sessions: [{ application: 'a', user: 'u', count: 1, since: null }],
    };
    expect(since({ database, expectedDurationSeconds: 9 })).toEqual([]);
  });

  it('is a refusal, a warning that came or went, another way', () => {
    const replicas = { code: 'replicas', message: 'A replica reads the old state.' };
    const slots = { code: 'replication-slots', message: 'Drop the slot.' };
    expect(since({ allowed: false, refusals: [slots], warnings: [replicas], standby: false })).toEqual([
      { what: 'Rollback', before: 'allowed', now: 'refused' },
      { what: 'Way', before: 'the standby is swapped in', now: 'rebuilt beside the live state' },
      { what: 'In the way', before: 'not there', now: 'Drop the slot.' },
      { what: 'Warning', before: 'not there', now: 'A replica reads the old state.' },
    ]);
    expect(planDifferences({ ...PLAN, warnings: [replicas] }, PLAN)).toEqual([
      { what: 'Warning', before: 'A replica reads the old state.', now: 'gone' },
    ]);
  });

  it('is a property of the database, by name and role, and says nothing of what is not shown', () => {
    const change = {
      property: 'setting' as const,
      setting: 'work_mem',
      role: 'shop',
      from: '64MB',
      to: null,
      shown: true,
    };
    const hidden = { ...change, setting: 'app.secret', from: null, shown: false };
    expect(since({ databaseChanges: [change, hidden], planToken: 'two' })).toEqual([
      { what: 'work_mem for shop', before: 'stays', now: '64MB → unset' },
      { what: 'app.secret for shop', before: 'stays', now: 'changes; values are not shown' },
    ]);
  });

  it('is that it is another database of the same name, which only the token knows', () => {
    expect(since({ planToken: 'two' })).toMatchObject([{ what: 'Database or directory' }]);
  });
});
