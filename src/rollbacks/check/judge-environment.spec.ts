import { describe, expect, it } from 'vitest';
import type { DatabaseSide, FilestoreSide } from '../plan/rollback-facts.js';
import { judgeEnvironment, unreachable } from './judge-environment.js';
import type { DatabaseFound, EnvironmentFacts, FilestoreFound } from './judge-environment.js';

const database: DatabaseFound = {
  side: {
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
      connectionLimit: -1,
      allowConnections: true,
      isTemplate: false,
      isReplica: false,
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
  },
  obstacles: { unreadable: { relations: [], largeObjects: false }, findings: [] },
};
const filestore: FilestoreFound = {
  side: {
    isOwn: false,
    isShared: false,
    hasKeptState: false,
    facts: {
      path: '/srv/shop',
      exists: true,
      isDirectory: true,
      parent: '/srv',
      parentWritable: true,
      isMountPoint: false,
      mountsBelow: [],
      freeBytes: 10 ** 12,
      openFiles: [],
      exchangeSupported: true,
    } as unknown as FilestoreSide['facts'],
  },
  holds: { bytes: 500, files: 3, extrapolated: false },
};
const facts: EnvironmentFacts = { database, filestore, databaseProperties: 'captured', hasBeforeHook: false };

const withFacts = (changes: Partial<DatabaseSide['facts']>): DatabaseFound => ({
  ...database,
  side: { ...database.side, facts: { ...database.side.facts, ...changes } },
});
const withObstacles = (changes: Partial<DatabaseFound['obstacles']>): DatabaseFound => ({
  ...database,
  obstacles: { ...database.obstacles, ...changes },
});
const withFilestore = (changes: Partial<FilestoreSide['facts']>): FilestoreFound => ({
  ...filestore,
  side: { ...filestore.side, facts: { ...filestore.side.facts, ...changes } },
});
const table = (name: string) => ({ oid: 1, schema: 'public', name, what: 'table' as const });
const codesOf = (of: Partial<EnvironmentFacts>) =>
  judgeEnvironment({ ...facts, ...of }).refusals.map(({ code }) => code);

describe('an environment', () => {
  it('is usable and ready when nothing is in the way', () => {
    expect(judgeEnvironment(facts)).toEqual({
      usable: true,
      rollbackReady: true,
      database: { name: 'shop', serverVersion: '15.14', owner: 'shop', databaseBytes: 1000 },
      filestore: { path: '/srv/shop', requiredBytes: expect.any(Number), freeBytes: 10 ** 12 },
      refusals: [],
      warnings: [],
    });
  });

  it('may have only one half', () => {
    expect(judgeEnvironment({ ...facts, database: null })).toMatchObject({ rollbackReady: true, database: null });
    expect(judgeEnvironment({ ...facts, filestore: null })).toMatchObject({ rollbackReady: true, filestore: null });
  });

  it.each([
    ['createdb-missing', { database: withFacts({ roleMayCreateDatabase: false }) }],
    ['owner-membership-missing', { database: withFacts({ roleIsMemberOfOwner: false }) }],
    ['database-shared', { database: { ...database, side: { ...database.side, isShared: true } } }],
    ['filestore-parent-unwritable', { filestore: withFilestore({ parentWritable: false }) }],
    [
      'disk-space',
      { filestore: { ...withFilestore({ freeBytes: 10 ** 9 }), holds: { ...filestore.holds, bytes: 10 ** 10 } } },
    ],
    [
      'extension-needs-superuser',
      { database: withObstacles({ findings: [{ code: 'extension-needs-superuser', message: '', blocking: true }] }) },
    ],
    [
      'settings-privilege-missing',
      { database: withFacts({ uncarriableSettings: ['log_statement'] }), databaseProperties: 'live' as const },
    ],
  ])('can be captured and not rolled back for %s', (code, changes) => {
    expect(judgeEnvironment({ ...facts, ...changes })).toMatchObject({ usable: true, rollbackReady: false });
    expect(codesOf(changes)).toEqual([code]);
  });

  it('cannot be captured when a half of it cannot be looked at; the other one is told all the same', () => {
    const away = { code: 'database-unreachable', message: 'No answer.' };
    expect(judgeEnvironment({ ...facts, database: away })).toMatchObject({
      usable: false,
      rollbackReady: false,
      database: null,
      filestore: { path: '/srv/shop' },
      refusals: [away],
    });
    const gone = { code: 'filestore-missing', message: 'It is not there.' };
    expect(judgeEnvironment({ ...facts, filestore: gone })).toMatchObject({
      usable: false,
      database: { name: 'shop' },
      filestore: null,
      refusals: [gone],
    });
  });

  it('cannot be captured when the role may not read something, which is named first', () => {
    const relations = Array.from({ length: 12 }, (_, n) => table(`secret ${n}`));
    const judged = judgeEnvironment({
      ...facts,
      database: {
        side: withFacts({ roleMayCreateDatabase: false }).side,
        obstacles: { unreadable: { relations, largeObjects: true }, findings: [] },
      },
    });
    expect(judged.usable).toBe(false);
    expect(judged.refusals.map(({ code }) => code)).toEqual(['database-permission-denied', 'createdb-missing']);
    expect(judged.refusals[0]?.message).toMatch(
      /the table "public"\."secret 0", .* and 2 more and some large objects;/,
    );
  });

  it('is warned of what does not come back, and not of settings that stay', () => {
    const findings = [
      { code: 'settings-left-out', message: 'They do not come back.', blocking: false },
      { code: 'roles-missing', message: 'They are not there.', blocking: false },
    ];
    const warnings = (databaseProperties: 'captured' | 'live') =>
      judgeEnvironment({ ...facts, databaseProperties, database: withObstacles({ findings }) }).warnings;
    expect(warnings('captured')).toEqual(findings.map(({ code, message }) => ({ code, message })));
    expect(warnings('live').map(({ code }) => code)).toEqual(['roles-missing']);
  });

  it('is nothing that anybody could look at from a process of other pools', () => {
    expect(unreachable('far')).toMatchObject({
      usable: false,
      rollbackReady: false,
      refusals: [{ code: 'pool-unreachable', message: expect.stringContaining('The pool far') }],
    });
  });
});
