import { describe, expect, it } from 'vitest';
import { decideRecovery } from './decide-recovery.js';
import type { RecoveryFacts, Side } from './decide-recovery.js';

const usual = { closedByUs: false, exchangeProblem: null, writtenSince: false, asked: null };

function found(
  database: Side,
  filestore: Side | 'partly',
  open: boolean,
  more: Partial<RecoveryFacts> = {},
): RecoveryFacts {
  return { ...usual, database: { live: database, open }, filestore: { live: filestore }, ...more };
}

describe('a cutover that somebody left behind', () => {
  it('is reverted by nothing when everything is old and open', () => {
    expect(decideRecovery(found('old', 'old', true))).toMatchObject({ do: 'revert' });
  });

  it('is left to a person when the old state is closed and we did not close it', () => {
    expect(decideRecovery(found('old', 'old', false))).toMatchObject({ do: 'ask', close: false });
  });

  it('opens the old state when we had closed it', () => {
    expect(decideRecovery(found('old', 'old', false, { closedByUs: true }))).toMatchObject({ do: 'open' });
  });

  it('exchanges the directories when only the databases were swapped', () => {
    expect(decideRecovery(found('new', 'old', false))).toMatchObject({ do: 'exchange', to: 'new' });
  });

  it('gives the names back when the directories cannot be exchanged', () => {
    const action = decideRecovery(found('new', 'old', false, { exchangeProblem: 'it is a mount point' }));
    expect(action).toMatchObject({ do: 'names-back', why: expect.stringContaining('it is a mount point') });
  });

  it('opens the new state when both were swapped', () => {
    expect(decideRecovery(found('new', 'new', false))).toMatchObject({ do: 'open' });
  });

  it('is finished when the new state is open', () => {
    expect(decideRecovery(found('new', 'new', true))).toMatchObject({ do: 'finish' });
  });

  it('closes first when the server has lost the swap', () => {
    expect(decideRecovery(found('old', 'new', true))).toMatchObject({ do: 'close' });
  });

  it('then exchanges back when nothing was written since', () => {
    expect(decideRecovery(found('old', 'new', false))).toMatchObject({ do: 'exchange', to: 'old' });
  });

  it('and asks a person when something was', () => {
    const written = found('old', 'new', false, { writtenSince: true });
    expect(decideRecovery(written)).toMatchObject({ do: 'ask', close: false });
  });

  it('asks a person when it cannot be exchanged back', () => {
    const stuck = found('old', 'new', false, { exchangeProblem: 'gone' });
    expect(decideRecovery(stuck)).toMatchObject({ do: 'ask', close: false });
  });

  it('closes a mixture that somebody opened, and asks', () => {
    expect(decideRecovery(found('new', 'old', true))).toMatchObject({ do: 'ask', close: true });
  });

  it.each([
    ['unknown', 'old'],
    ['unknown', 'new'],
    ['old', 'unknown'],
    ['new', 'unknown'],
    ['unknown', 'unknown'],
  ] as const)('touches nothing when the database is %s and the directory %s', (database, filestore) => {
    for (const open of [true, false])
      expect(decideRecovery(found(database, filestore, open))).toMatchObject({ do: 'ask', close: false });
  });

  it('does nothing more once a person was asked', () => {
    const asked = found('new', 'old', false, { asked: 'a mixture' });
    expect(decideRecovery(asked)).toEqual({ do: 'ask', close: false, why: 'a mixture' });
  });
});

describe('a cutover that was stopped between the entries of a mount point', () => {
  it('goes on to the new files when the new database is in place', () => {
    expect(decideRecovery(found('new', 'partly', false))).toMatchObject({ do: 'exchange', to: 'new' });
  });

  it('asks a person when the rest cannot be exchanged', () => {
    const stuck = found('new', 'partly', false, { exchangeProblem: 'somebody mounted something there' });
    expect(decideRecovery(stuck)).toMatchObject({ do: 'ask', close: false, why: expect.stringContaining('mounted') });
  });

  it('closes what somebody opened beside some of the old files, and asks', () => {
    expect(decideRecovery(found('new', 'partly', true))).toMatchObject({ do: 'ask', close: true });
  });

  it('closes the old database first when the server has lost the swap', () => {
    expect(decideRecovery(found('old', 'partly', true))).toMatchObject({ do: 'close' });
  });

  it('then goes back to the old files when nothing was written since', () => {
    expect(decideRecovery(found('old', 'partly', false))).toMatchObject({ do: 'exchange', to: 'old' });
  });

  it('and asks a person when something was', () => {
    const written = found('old', 'partly', false, { writtenSince: true });
    expect(decideRecovery(written)).toMatchObject({ do: 'ask', close: false });
  });

  it('touches nothing beside a database that is neither', () => {
    expect(decideRecovery(found('unknown', 'partly', false))).toMatchObject({ do: 'ask', close: false });
  });
});

describe('a cutover of one half only', () => {
  it.each([
    ['old', true, 'revert'],
    ['new', false, 'open'],
    ['new', true, 'finish'],
    ['old', false, 'ask'],
    ['unknown', true, 'ask'],
  ] as const)('with the %s database, open: %s: %s', (live, open, action) => {
    expect(decideRecovery({ ...usual, database: { live, open }, filestore: null })).toMatchObject({ do: action });
  });

  it('with some of the new files goes on to all of them', () => {
    const some = { ...usual, database: null, filestore: { live: 'partly' } } as const;
    expect(decideRecovery(some)).toMatchObject({ do: 'exchange', to: 'new' });
  });

  it.each([
    ['old', 'revert'],
    ['new', 'finish'],
    ['unknown', 'ask'],
  ] as const)('with the %s directory: %s', (live, action) => {
    expect(decideRecovery({ ...usual, database: null, filestore: { live } })).toMatchObject({ do: action });
  });
});
