import { expect, it } from 'vitest';
import type { DatabaseFacts } from '../../engine/postgres/databases/database-facts.js';
import { stageRequestOf, type ToStage } from './what-to-stage.js';

const database = { host: 'db', port: 5432, database: 'shop', user: 'shop', password: 'x', tls: 'disable' } as const;
const RULES: ToStage['target']['neutralizePaths'] = [
  { paths: ['*.pem'], action: 'remove' },
  { paths: ['*.json'], action: 'replace', content: '{}' },
];
const everything: ToStage = {
  attemptId: 'attempt',
  snapshot: { id: 'snapshot', projectId: 'project', environmentId: 'production', filestoreBytes: 10 },
  target: { id: 'production', neutralizeSql: 'UPDATE customers SET email = NULL', neutralizePaths: RULES },
  places: { database, filestore: '/srv/shop' },
  inode: '42',
  databaseFacts: { name: 'shop' } as DatabaseFacts,
  neutralize: false,
  settings: { verifyRestored: 'counts' },
  properties: 'captured',
};

it('rebuilds what the snapshot has and the environment has a place for', () => {
  expect(stageRequestOf(everything)).toMatchObject({
    database: { address: database },
    filestore: { path: '/srv/shop' },
  });
  expect(stageRequestOf({ ...everything, databaseFacts: undefined })).not.toHaveProperty('database');
  const rowsOnly = { ...everything.snapshot, filestoreBytes: null };
  expect(stageRequestOf({ ...everything, snapshot: rowsOnly })).not.toHaveProperty('filestore');
});

it('keeps owners and privileges in the environment that was captured, and in no other', () => {
  expect(stageRequestOf(everything).database?.keepOwnersAndPrivileges).toBe(true);
  const elsewhere = { ...everything, target: { ...everything.target, id: 'staging' } };
  expect(stageRequestOf(elsewhere).database?.keepOwnersAndPrivileges).toBe(false);
});

it('neutralises only where the plan says so', () => {
  expect(stageRequestOf(everything).database).not.toHaveProperty('neutralizeSql');
  expect(stageRequestOf(everything).filestore).not.toHaveProperty('neutralizePaths');
  const neutral = stageRequestOf({ ...everything, neutralize: true });
  expect(neutral.database?.neutralizeSql).toContain('customers');
  expect(neutral.filestore?.neutralizePaths).toEqual(RULES);
});

it('takes every file from the vault, and compares it, where all is to be compared', () => {
  expect(stageRequestOf(everything)).toMatchObject({
    database: { verification: 'counts' },
    filestore: { reuseLive: true, compare: false },
  });
  expect(stageRequestOf({ ...everything, settings: { verifyRestored: 'all' } })).toMatchObject({
    database: { verification: 'all' },
    filestore: { reuseLive: false, compare: true },
  });
});
