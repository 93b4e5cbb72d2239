import { expect, it } from 'vitest';
import { decideStandby, type StandbyFacts, type StandbyQuestion } from './decide-standby.js';

const standby = (change: Partial<StandbyFacts>): StandbyFacts => ({
  ...{ id: 'standby', snapshotId: 'newest', status: 'ready', takenBy: null, isUnderWay: false },
  ...change,
});
const decide = (change: Partial<StandbyQuestion>) =>
  decideStandby({
    ...{ when: 'newest', wanted: 'newest', isBeingVerified: false, standbys: [], isRollingBack: false },
    ...change,
  });

it('has one built of the newest snapshot, and leaves it alone once it is ready', () => {
  expect(decide({})).toEqual({ remove: [], build: 'newest' });
  expect(decide({ standbys: [standby({})] })).toEqual({ remove: [], build: null });
});

it('wants none where there is nothing to build, or it is switched off', () => {
  expect(decide({ wanted: null })).toEqual({ remove: [], build: null });
  expect(decide({ when: 'off', standbys: [standby({})] })).toEqual({ remove: ['standby'], build: null });
  const underWay = standby({ status: 'building', isUnderWay: true });
  expect(decide({ when: 'off', standbys: [underWay] })).toEqual({ remove: ['standby'], build: null });
});

it('keeps an older one until the newer one is ready', () => {
  const older = standby({ id: 'older', snapshotId: 'older' });
  expect(decide({ standbys: [older] })).toEqual({ remove: [], build: 'newest' });
  const underWay = standby({ status: 'building', isUnderWay: true });
  expect(decide({ standbys: [older, underWay] })).toEqual({ remove: [], build: null });
  expect(decide({ standbys: [older, standby({})] })).toEqual({ remove: ['older'], build: null });
});

it('removes what nobody builds any more, and begins another one', () => {
  const lost = standby({ status: 'building' });
  expect(decide({ standbys: [lost] })).toEqual({ remove: ['standby'], build: 'newest' });
});

it('begins none while a rollback is under way, or the snapshot is being verified', () => {
  expect(decide({ isRollingBack: true }).build).toBeNull();
  expect(decide({ isBeingVerified: true }).build).toBeNull();
});

it('leaves alone what a rollback has taken', () => {
  const taken = standby({ takenBy: 'rollback' });
  expect(decide({ when: 'off', standbys: [taken] })).toEqual({ remove: [], build: null });
});

it('removes one whose snapshot was deleted, and builds again one that is missing', () => {
  const orphan = standby({ snapshotId: null });
  expect(decide({ standbys: [orphan] })).toEqual({ remove: ['standby'], build: 'newest' });
  expect(decide({ standbys: [standby({ status: 'missing' })] })).toEqual({ remove: [], build: 'newest' });
});
