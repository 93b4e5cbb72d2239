import { describe, expect, it } from 'vitest';
import { Problem } from '../../errors/problem.js';
import type { Promised } from './material-changes.js';
import { changesSincePlan, planTokenOf, promisedIn, readPlanToken } from './plan-token.js';
import type { PlannedRollback } from './plan.js';

const plan: PlannedRollback = {
  environmentId: 'production',
  targetEnvironmentId: 'production',
  snapshotId: 'snapshot',
  allowed: true,
  refusals: [],
  warnings: [{ code: 'not-verified', message: 'The snapshot was never restored and compared.' }],
  steps: [],
  snapshotIds: ['snapshot'],
  safetySnapshot: true,
  standby: false,
  neutralize: false,
  database: { name: 'shop', currentBytes: 1000, restoreBytes: 900, sessions: [] },
  databaseChanges: [{ property: 'setting', setting: 'work_mem', role: null, from: '1GB', to: '8MB', shown: true }],
  filestore: { path: '/srv/shop', restoreBytes: 500, restoreFiles: 3, requiredBytes: 600, freeBytes: 10_000 },
  leftOut: null,
  expectedDurationSeconds: 6,
};
const promised: Promised = {
  database: { name: 'shop', oid: 16400, owner: 'shop', serverMajor: 15, locale: 'UTF8 C C' },
  filestore: { path: '/srv/shop', inode: '42' },
  neutralize: false,
};
const planned = { plan, promised };
/** In a process that reaches nothing of the environment. */
const unseen = {
  plan: {
    ...plan,
    database: null,
    filestore: null,
    databaseChanges: [],
    warnings: [...plan.warnings, { code: 'pool-unreachable', message: 'Nobody has looked.' }],
  },
  promised: null,
};

const confirmed = (of: Parameters<typeof planTokenOf>[0] = planned) => readPlanToken(planTokenOf(of));
const codesSince = (then: Parameters<typeof planTokenOf>[0], now: Parameters<typeof planTokenOf>[0]) =>
  changesSincePlan(confirmed(then), now).map(({ code }) => code);
const withPlan = (changes: Partial<PlannedRollback>) => ({ promised, plan: { ...plan, ...changes } });
const withDatabase = (changes: Partial<NonNullable<Promised['database']>>) => ({
  plan,
  promised: { ...promised, database: { ...promised.database!, ...changes } },
});

describe('a rollback is what was planned', () => {
  it('when nothing has changed', () => {
    expect(codesSince(planned, structuredClone(planned))).toEqual([]);
  });

  it.each([
    [
      'sessions and sizes',
      {
        database: {
          ...plan.database!,
          currentBytes: 5000,
          sessions: [{ application: 'erp', user: 'shop', count: 3, since: null }],
        },
      },
    ],
    ['free space', { filestore: { ...plan.filestore!, freeBytes: 1 } }],
    ['a standby, and how long it takes', { standby: true, steps: [], expectedDurationSeconds: 1 }],
    ['a warning less', { warnings: [] }],
    ['other words of a warning', { warnings: [{ code: 'not-verified', message: 'Verify it.' }] }],
  ])('whatever becomes of %s', (_, changes) => {
    expect(codesSince(planned, withPlan(changes))).toEqual([]);
  });
});

describe('a rollback is not what was planned', () => {
  it.each([
    ['for another snapshot', withPlan({ snapshotId: 'other' }), ['snapshot-changed']],
    ['into another environment', withPlan({ targetEnvironmentId: 'staging' }), ['target-changed']],
    ['without the safety snapshot', withPlan({ safetySnapshot: false }), ['safety-snapshot-changed']],
    ['into a database made anew', withDatabase({ oid: 16500 }), ['database-changed']],
    ['into a database of another owner', withDatabase({ owner: 'erp' }), ['database-owner-changed']],
    [
      'into another directory',
      { plan, promised: { ...promised, filestore: { path: '/srv/shop', inode: '43' } } },
      ['filestore-changed'],
    ],
    [
      'with data that is neutralised',
      { plan: { ...plan, neutralize: true }, promised: { ...promised, neutralize: true } },
      ['neutralize-changed'],
    ],
    [
      'with another value of a setting',
      withPlan({ databaseChanges: [{ ...plan.databaseChanges[0]!, from: '2GB' }] }),
      ['database-changes-changed'],
    ],
    ['with none of the changes that were shown', withPlan({ databaseChanges: [] }), ['database-changes-changed']],
  ])('%s', (_, now, codes) => {
    const changes = changesSincePlan(confirmed(), now);
    expect(changes.map(({ code }) => code)).toEqual(codes);
    for (const { message } of changes) expect(message).toMatch(/plan .* again\.$/);
  });

  it('with a warning that the plan does not have, in the words of the warning', () => {
    const replicas = { code: 'replicas', message: 'Sessions on replicas read the old state.' };
    expect(changesSincePlan(confirmed(), withPlan({ warnings: [...plan.warnings, replicas] }))).toEqual([
      { code: 'replicas', message: 'The plan did not warn of this: Sessions on replicas read the old state.' },
    ]);
  });

  it('by a plan that says that it is refused, whatever has become of that', () => {
    expect(codesSince(withPlan({ allowed: false }), planned)).toEqual(['plan-not-allowed']);
  });
});

describe('where nobody can look', () => {
  it('what was planned by somebody who could is what the worker has to find', () => {
    expect(codesSince(planned, unseen)).toEqual([]);
    expect(promisedIn(confirmed())).toEqual(promised);
  });

  it('a plan promises nothing of the place, and holds nobody up who could look', () => {
    expect(promisedIn(confirmed(unseen))).toBeNull();
    const more = [...plan.warnings, { code: 'open-files', message: 'A program has files open.' }];
    expect(codesSince(unseen, withPlan({ warnings: more }))).toEqual([]);
    expect(codesSince(unseen, unseen)).toEqual([]);
  });

  it('what needs no looking is held against the plan all the same', () => {
    const other = { ...unseen.plan, snapshotId: 'other', neutralize: true };
    expect(codesSince(planned, { plan: other, promised: null })).toEqual(['snapshot-changed', 'neutralize-changed']);
    expect(codesSince(unseen, withPlan({ safetySnapshot: false }))).toEqual(['safety-snapshot-changed']);
  });
});

describe('a token', () => {
  it('has no value of a setting in it, shown or not', () => {
    expect(Buffer.from(planTokenOf(planned), 'base64url').toString()).not.toMatch(/work_mem|1GB|8MB/);
  });

  it('fits into a request also with the longest path, the longest names and many warnings', () => {
    const long = 'é'.repeat(31);
    const token = planTokenOf({
      plan: {
        ...plan,
        ...{ snapshotId: crypto.randomUUID(), targetEnvironmentId: crypto.randomUUID() },
        warnings: Array.from({ length: 30 }, (_, n) => ({ code: `grantor-membership-${n}`, message: '' })),
      },
      promised: {
        database: { name: long, oid: 2 ** 32 - 1, owner: long, serverMajor: 15, locale: `UTF8 ${long} ${long}` },
        filestore: { path: `/${'é'.repeat(2047)}`, inode: String(2n ** 64n - 1n) },
        neutralize: false,
      },
    });
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(token.length).toBeLessThanOrEqual(8000);
  });

  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const fields = JSON.parse(Buffer.from(planTokenOf(planned), 'base64url').toString()) as Record<string, unknown>;
  const { database, filestore } = promised;
  it.each([
    ['nothing', ''],
    ['no text', 7],
    ['no base64url', '%%%'],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['half of one', planTokenOf(planned).slice(0, 100)],
    ['another thing', encoded(['name', 0])],
    ['null', encoded(null)],
    ['another format', encoded({ ...fields, format: 2 })],
    ['one without its place', encoded({ ...fields, place: undefined })],
    ['one whose answer is a word', encoded({ ...fields, allowed: 'true' })],
    [
      'one with a number that is none',
      encoded({ ...fields, place: { filestore, database: { ...database, oid: 1.5 } } }),
    ],
    ['one with a NUL', encoded({ ...fields, place: { database, filestore: { ...filestore, path: '/a\0b' } } })],
    [
      'one with half a character',
      encoded({ ...fields, place: { filestore, database: { ...database, name: '\ud800' } } }),
    ],
    ['one with warnings that are none', encoded({ ...fields, warnings: [{ code: 'replicas' }] })],
  ])('that is %s is refused by the name of its field', (_, text) => {
    const refused = () => readPlanToken(text);
    expect(refused).toThrow(Problem);
    expect(refused).toThrow(
      expect.objectContaining({ status: 422, errors: [expect.objectContaining({ field: 'planToken' })] }),
    );
  });
});
