import { describe, expect, it } from 'vitest';
import { learn, nothingKnown, type RestorabilityEvent } from '../../snapshots/restorability/restorability.js';
import { planRollback } from './plan.js';
import type { DatabaseSide, FilestoreSide, RollbackFacts } from './rollback-facts.js';

const database: DatabaseSide = {
  isOwn: false,
  isIdentified: true,
  isShared: false,
  facts: {
    name: 'shop',
    oid: 16400,
    owner: 'shop',
    databaseBytes: 1000,
    serverVersion: '15.14',
    major: 15,
    tablespace: 'pg_default',
    connectionLimit: -1,
    allowConnections: true,
    isTemplate: false,
    isReplica: false,
    roleIsSuperuser: false,
    roleMayCreateDatabase: true,
    roleIsMemberOfOwner: true,
    roleMayUseTablespace: true,
    uncarriableSettings: [],
    maintenanceDatabase: 'postgres',
    preparedTransactions: 0,
    replicationSlots: [],
    subscriptions: [],
    replicas: [],
    sessions: [],
    accessRulesByName: [],
  } as unknown as DatabaseSide['facts'],
};

const filestore: FilestoreSide = {
  isOwn: false,
  isShared: false,
  hasKeptState: false,
  facts: {
    path: '/srv/shop',
    realPath: '/srv/shop',
    exists: true,
    isDirectory: true,
    isSymlink: false,
    parent: '/srv',
    parentWritable: true,
    isMountPoint: false,
    mountsBelow: [],
    freeBytes: 10 ** 12,
    totalBytes: 10 ** 13,
    openFiles: [],
    exchangeSupported: true,
  },
};

const facts: RollbackFacts = {
  standsReady: false,
  createSafetySnapshot: true,
  snapshot: {
    id: 'snapshot',
    baseSnapshotId: null,
    serverVersion: '15.14',
    databaseBytes: 900,
    filestoreBytes: 500,
    fileCount: 3,
    warnings: 0,
    leftOut: null,
    known: learn(nothingKnown, { event: 'proven', at: new Date(0) }),
  },
  source: { id: 'production', type: 'production' },
  target: {
    id: 'production',
    type: 'production',
    hasDatabase: true,
    hasFilestore: true,
    hasNeutralizeSql: false,
    hasNeutralizePaths: false,
    allowUnneutralized: false,
    hasBeforeHook: false,
  },
  unreachablePool: null,
  database,
  filestore,
  needs: null,
};

const withDatabase = (changes: Partial<DatabaseSide['facts']>): RollbackFacts => ({
  ...facts,
  database: { ...database, facts: { ...database.facts, ...changes } },
});
const withFilestore = (changes: Partial<FilestoreSide['facts']>): RollbackFacts => ({
  ...facts,
  filestore: { ...filestore, facts: { ...filestore.facts, ...changes } },
});
const withKnown = (...events: RestorabilityEvent[]): RollbackFacts => ({
  ...facts,
  snapshot: { ...facts.snapshot, known: events.reduce(learn, nothingKnown) },
});
const finding = { code: 'restore-failed', message: 'The type earth does not exist', blocking: false };
const refusalsOf = (given: RollbackFacts) => planRollback(given).refusals.map(({ code }) => code);

describe('planRollback', () => {
  it('allows a rollback that nothing speaks against, with every step in order', () => {
    const plan = planRollback(facts);
    expect(plan).toMatchObject({ allowed: true, refusals: [], warnings: [], neutralize: false });
    expect(plan.steps.map(({ name }) => name)).toEqual([
      'prepare',
      'stage-database',
      'stage-filestore',
      'verify',
      'cutover',
      'cleanup',
      'safety',
    ]);
  });

  it.each([
    ['prepared-transactions', { preparedTransactions: 1 }],
    ['replication-slots', { replicationSlots: ['a'] }],
    ['subscriptions', { subscriptions: ['a'] }],
    ['template-database', { isTemplate: true }],
    ['maintenance-database', { name: 'postgres' }],
    ['replica-server', { isReplica: true }],
    ['database-being-dropped', { connectionLimit: -2 }],
    ['database-closed', { allowConnections: false }],
    ['no-maintenance-database', { maintenanceDatabase: null }],
    ['createdb-missing', { roleMayCreateDatabase: false }],
    ['owner-membership-missing', { roleIsMemberOfOwner: false }],
    ['tablespace-privilege-missing', { roleMayUseTablespace: false }],
    ['settings-privilege-missing', { uncarriableSettings: ['log_statement'] }],
    ['server-too-old', { major: 14 }],
    [
      'sessions-cannot-be-ended',
      {
        sessions: [
          { pid: 1, applicationName: '', user: 'postgres', since: null, clientAddress: null, canBeEnded: false },
        ],
      },
    ],
  ])('refuses for %s', (code, changes) => {
    expect(refusalsOf(withDatabase(changes))).toEqual([code]);
  });

  it.each([
    ['filestore-missing', { exists: false }],
    ['filestore-not-a-directory', { isDirectory: false }],
    ['filestore-contains-mounts', { mountsBelow: ['/srv/shop/x'] }],
    ['filestore-parent-unwritable', { parentWritable: false }],
    ['filestore-exchange-unsupported', { exchangeSupported: false }],
    ['disk-space', { freeBytes: 1000 }],
  ])('refuses for %s', (code, changes) => {
    expect(refusalsOf(withFilestore(changes))).toEqual([code]);
  });

  it("refuses Snapback's own database, and one that two environments share", () => {
    expect(refusalsOf({ ...facts, database: { ...database, isOwn: true } })).toEqual(['own-database']);
    expect(refusalsOf({ ...facts, database: { ...database, isShared: true } })).toEqual(['database-shared']);
    expect(refusalsOf({ ...facts, filestore: { ...filestore, isShared: true } })).toEqual(['filestore-shared']);
    expect(refusalsOf({ ...facts, filestore: { ...filestore, isOwn: true } })).toEqual(['own-directory']);
  });

  it('names the other environment of a shared place where it may be told', () => {
    const shared = { isShared: true, sharedWith: 'staging' };
    const { refusals } = planRollback({
      ...facts,
      database: { ...database, ...shared },
      filestore: { ...filestore, ...shared },
    });
    for (const { message } of refusals) expect(message).toContain('the environment staging');
    expect(refusals).toHaveLength(2);
  });

  const warningsOf = (given: RollbackFacts) => planRollback(given).warnings.map(({ code }) => code);
  const pooler = {
    pid: 1,
    applicationName: 'pgbouncer 1.22',
    user: 'shop',
    since: null,
    clientAddress: null,
    canBeEnded: true,
  };

  it.each([
    ['replicas', withDatabase({ replicas: [{ pid: 1, applicationName: 'replica', clientAddress: null }] })],
    ['access-rules-by-name', withDatabase({ accessRulesByName: ['line 7'] })],
    ['pooler-without-hooks', withDatabase({ sessions: [pooler] })],
    ['open-files', withFilestore({ openFiles: ['erp (17)'] })],
    ['filestore-is-link', withFilestore({ isSymlink: true })],
    ['filestore-is-mount-point', withFilestore({ isMountPoint: true })],
    ['not-verified', withKnown()],
    ['snapshot-doubtful', withKnown({ event: 'captured', findings: [finding] })],
    ['snapshot-doubtful', withKnown({ event: 'captured', findings: [{ ...finding, blocking: true }] })],
    ['snapshot-doubtful', withKnown({ event: 'undecided', findings: [finding] })],
  ])('warns of %s', (code, given) => {
    expect(warningsOf(given)).toEqual([code]);
    expect(planRollback(given).allowed).toBe(true);
  });

  it.each([
    ['a comparison that found a difference', withKnown({ event: 'disproved', findings: [finding] })],
    ['damage in the vault', withKnown({ event: 'vault-damaged', findings: [finding] })],
    [
      'damage in the vault, although it was proven before',
      withKnown({ event: 'proven', at: new Date(0) }, { event: 'vault-damaged', findings: [finding] }),
    ],
  ])('refuses after %s, and quotes what was found', (_, given) => {
    const plan = planRollback(given);
    expect(plan).toMatchObject({ allowed: false, warnings: [] });
    expect(plan.refusals).toMatchObject([
      { code: 'snapshot-refuted', message: expect.stringContaining('The type earth does not exist.') },
    ]);
  });

  it('says that a verification could not tell, not that there was none', () => {
    const [warning] = planRollback(withKnown({ event: 'undecided', findings: [finding] })).warnings;
    expect(warning?.message).toContain('last verification could not tell: The type earth does not exist.');
    expect(warning?.message).not.toContain('never');
  });

  it('does not warn of a pooler that a hook can pause', () => {
    const given = withDatabase({ sessions: [pooler] });
    expect(warningsOf({ ...given, target: { ...given.target, hasBeforeHook: true } })).toEqual([]);
  });

  it('takes the room of what an earlier rollback keeps, and says so', () => {
    const tight = { ...filestore, facts: { ...filestore.facts, freeBytes: 1000 }, hasKeptState: true };
    expect(refusalsOf({ ...facts, filestore: tight })).toEqual([]);
    expect(warningsOf({ ...facts, filestore: tight })).toEqual(['kept-state-in-the-way']);
  });

  it('passes on why a side could not be looked at', () => {
    const finding = { code: 'database-unreachable', message: 'No answer.' };
    expect(planRollback({ ...facts, database: finding })).toMatchObject({
      allowed: false,
      refusals: [finding],
      database: null,
    });
  });

  it('allows what nobody could look at, and says so', () => {
    const given = { ...facts, unreachablePool: 'far', database: null, filestore: null };
    expect(planRollback(given)).toMatchObject({ allowed: true, database: null, filestore: null });
    expect(planRollback(given).warnings).toEqual([
      { code: 'pool-unreachable', message: expect.stringContaining('The pool far') },
    ]);
  });

  it('refuses what the environment has no place for', () => {
    const target = { ...facts.target, hasDatabase: false, hasFilestore: false };
    expect(refusalsOf({ ...facts, target, database: null, filestore: null })).toEqual([
      'target-has-no-database',
      'target-has-no-filestore',
    ]);
  });

  describe('from production into another kind of environment', () => {
    const staging: RollbackFacts = { ...facts, target: { ...facts.target, id: 'staging', type: 'staging' } };

    it('refuses what nobody has said how to neutralize: rows, files, or both', () => {
      expect(refusalsOf(staging)).toEqual(['neutralize-required', 'neutralize-paths-required']);
      const withSql = { ...staging, target: { ...staging.target, hasNeutralizeSql: true } };
      expect(refusalsOf(withSql)).toEqual(['neutralize-paths-required']);
      const withPaths = { ...staging, target: { ...staging.target, hasNeutralizePaths: true } };
      expect(refusalsOf(withPaths)).toEqual(['neutralize-required']);
      expect(refusalsOf({ ...withSql, snapshot: { ...facts.snapshot, filestoreBytes: null } })).toEqual([]);
      expect(refusalsOf({ ...withPaths, snapshot: { ...facts.snapshot, databaseBytes: null } })).toEqual([]);
    });

    it('neutralizes when it is said', () => {
      const target = { ...staging.target, hasNeutralizeSql: true, hasNeutralizePaths: true };
      expect(planRollback({ ...staging, target })).toMatchObject({ allowed: true, neutralize: true });
    });

    it('lets data through as it is only when the environment says so', () => {
      const plan = planRollback({ ...staging, target: { ...staging.target, allowUnneutralized: true } });
      expect(plan).toMatchObject({ allowed: true, neutralize: false });
    });

    it('does not neutralize what never was production data', () => {
      const plan = planRollback({ ...staging, source: { id: 'staging', type: 'staging' } });
      expect(plan).toMatchObject({ allowed: true, neutralize: false });
    });
  });

  it('groups the sessions that would be ended, the largest group first', () => {
    const session = (applicationName: string, since: string) => ({
      pid: 1,
      applicationName,
      user: 'shop',
      since: new Date(since),
      clientAddress: null,
      canBeEnded: true,
    });
    const sessions = [
      session('cron', '2026-01-01T00:00:00Z'),
      session('erp', '2026-01-03T00:00:00Z'),
      session('erp', '2026-01-02T00:00:00Z'),
    ];
    expect(planRollback(withDatabase({ sessions })).database?.sessions).toEqual([
      { application: 'erp', user: 'shop', count: 2, since: '2026-01-02T00:00:00.000Z' },
      { application: 'cron', user: 'shop', count: 1, since: '2026-01-01T00:00:00.000Z' },
    ]);
  });
});
