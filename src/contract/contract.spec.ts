import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../auth/permission.js';
import { Contract } from './contract.js';

const contract = Contract.load();
const problem = {
  type: 'urn:snapback:problem:not-found',
  title: 'Not found',
  status: 404,
  code: 'not-found',
  detail: 'There is no such project.',
};

describe('Contract', () => {
  it('knows each operation by its id', () => {
    expect(contract.operations.get('snapshotList')).toMatchObject({
      method: 'get',
      path: '/api/v1/environments/{environmentId}/snapshots',
      permissions: ['snapshots:read'],
      body: null,
    });
    expect(contract.operations.get('healthLive')?.permissions).toEqual([]);
    expect(contract.operations.get('rollbackCreate')?.body?.required).toBe(true);
    expect(contract.operations.get('snapshotCreate')?.body?.required).toBe(false);
  });

  it('asks for permissions that tokens can have, one at an operation', () => {
    for (const { permissions } of contract.operations.values()) {
      expect(permissions.length).toBeLessThanOrEqual(1);
      expect(PERMISSIONS).toEqual(expect.arrayContaining([...permissions]));
    }
  });

  it('can compile the schema of every response and every event', () => {
    for (const { id, responses, events } of contract.operations.values()) {
      for (const [status, contents] of responses) {
        for (const type of contents.keys()) expect(contract.responseValidator(id, status, type)).toBeTypeOf('function');
      }
      for (const event of events.keys()) expect(contract.eventValidator(id, event)).toBeTypeOf('function');
    }
  });

  it('holds responses against their schemas, which may have more properties one day', () => {
    const validate = contract.responseValidator('projectView', 404, 'application/problem+json; charset=utf-8');
    expect(validate(problem)).toBe(true);
    expect(validate({ ...problem, later: 'than this client' })).toBe(true);
    expect(validate({ ...problem, title: undefined })).toBe(false);
    expect(validate({ ...problem, code: 'oops' })).toBe(false);
  });

  it('wants nothing where the contract declares no body', () => {
    const validate = contract.responseValidator('projectDelete', 204);
    expect(validate(undefined)).toBe(true);
    expect(validate({})).toBe(false);
  });

  it.each([
    ['projectDelete', 204, 'application/json'],
    ['projectView', 200, undefined],
    ['projectView', 200, 'text/html'],
    ['projectView', 418, 'application/json'],
    ['projectBurn', 200, 'application/json'],
  ])('declares no %s %i %s', (id, status, type) => {
    expect(() => contract.responseValidator(id, status, type)).toThrow(`The contract declares no ${status}`);
  });
});
