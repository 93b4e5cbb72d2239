import { describe, expect, it } from 'vitest';
import type { Operation } from '../../sdk/typescript/index.js';
import { aboutAct, actsOn, permissionFor } from './what-may-be-done.js';

const FAILED = { code: 'left-over', message: 'It is in use.' };

function operation(given: Partial<Operation>): Operation {
  const ids = { id: 'an id', projectId: null, environmentId: null, snapshotId: null, deploymentId: null };
  const rest = { since: '2026-11-30T08:00:00.000Z', tryCount: 3, nextTryAt: null, reason: FAILED, help: null };
  return { ...ids, ...rest, kind: 'kept-state', state: 'attention', ...given };
}

describe('what a person may do about an operation', () => {
  it.each<[string, Partial<Operation>, string[]]>([
    ['what cannot be removed', {}, ['retry', 'give-up']],
    ['the same while somebody is at it', { state: 'running' }, ['give-up']],
    ['what waits for its time and has not failed', { state: 'waiting', reason: null }, ['retry']],
    ['what is about to begin', { state: 'queued', reason: null }, []],
    ['what can only be done', { kind: 'snapshot-deletion' }, ['retry']],
    [
      'retention that asks',
      { kind: 'retention', reason: { code: 'retention-stopped', message: 'It would delete 40.' } },
      ['confirm', 'retry'],
    ],
    ['retention that fails', { kind: 'retention' }, ['retry']],
    ['a snapshot that runs', { kind: 'snapshot', state: 'running', reason: null }, ['cancel']],
    ['a rollback that no worker takes', { kind: 'rollback' }, ['cancel']],
    ['a verification, which nobody calls off', { kind: 'verification', state: 'running' }, []],
  ])('is known of %s', (_, given, acts) => {
    expect(actsOn(operation(given))).toEqual(acts);
  });

  it('needs the permission of what it changes', () => {
    expect(permissionFor('cancel', operation({ kind: 'rollback' }))).toBe('rollbacks:write');
    expect(permissionFor('cancel', operation({ kind: 'snapshot' }))).toBe('snapshots:write');
    expect(permissionFor('confirm', operation({ kind: 'retention' }))).toBe('snapshots:write');
    expect(permissionFor('give-up', operation({}))).toBe('environments:write');
  });

  it('is told of what is lost with it', () => {
    expect(aboutAct('give-up', operation({ kind: 'safety-snapshot' }))).toMatch(/that state is gone\. It is not tried/);
    expect(aboutAct('confirm', operation({ kind: 'retention' }))).toMatch(/cannot be brought back/);
  });
});
