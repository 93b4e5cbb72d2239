import { expect, it } from 'vitest';
import type { DatabaseLineage } from '../../../../vault/manifests/manifest-database.js';
import { decideLineage, MOST_TRANSACTIONS, type ServerNow } from './lineage.js';

const base: DatabaseLineage = {
  systemIdentifier: '7100000000000000001',
  databaseOid: 16_384,
  horizon: '5000000000',
  marker: { uuid: 'a-mark', xmin: '5000000007' },
};

const now: ServerNow = {
  major: 15,
  versionNumber: '150018',
  systemIdentifier: base.systemIdentifier,
  databaseOid: base.databaseOid,
  horizon: 5_000_000_100n,
  nextId: 5_000_000_101n,
  marker: { uuid: 'a-mark', xmin: 5_000_000_007n },
  isReplica: false,
  forgetsOldRows: false,
  encoding: 'UTF8',
  blockBytes: 8192,
};

it('continues when server, database and mark are the ones of the base', () => {
  expect(decideLineage(base, now)).toEqual({ continues: true });
});

it.each<[string, Partial<ServerNow>, RegExp]>([
  ['another cluster', { systemIdentifier: '7100000000000000002' }, /another server/],
  ['a role that may not ask for the cluster', { systemIdentifier: null }, /pg_control_system/],
  ['a database that was recreated', { databaseOid: 16_385 }, /another one under the same name/],
  ['a history without the mark', { marker: null }, /gone/],
  ["another snapshot's mark", { marker: { uuid: 'another', xmin: 5_000_000_007n } }, /another snapshot/],
  ['a mark that was copied', { marker: { uuid: 'a-mark', xmin: 5_000_000_008n } }, /copied/],
  ['a mark one epoch away', { marker: { uuid: 'a-mark', xmin: 5_000_000_007n - (1n << 32n) } }, /copied/],
  ['transaction ids that were set back', { nextId: 5_000_000_007n }, /earlier point/],
  ['too many transactions', { nextId: 5_000_000_001n + MOST_TRANSACTIONS }, /more than 1000000000/],
  ['a replica', { isReplica: true }, /replica/],
  ['a server that forgets old rows', { forgetsOldRows: true }, /old_snapshot_threshold/],
  ['a server that cannot read ranges', { major: 13 }, /PostgreSQL 14/],
])('does not continue on %s', (_, change, reason) => {
  expect(decideLineage(base, { ...now, ...change })).toEqual({
    continues: false,
    reason: expect.stringMatching(reason) as string,
  });
});

it('does not continue on a base that left no mark', () => {
  expect(decideLineage(undefined, now)).toMatchObject({ continues: false });
});

it('allows as many transactions as can be compared safely', () => {
  expect(decideLineage(base, { ...now, nextId: 5_000_000_000n + MOST_TRANSACTIONS })).toEqual({ continues: true });
});
