import pino from 'pino';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { loggedError, loggedFields } from './logged-fields.js';

describe('loggedFields', () => {
  it('takes the named ones at any depth, and says which it has left out', () => {
    const data = { snapshotId: 'one', password: 'hunter2' };
    expect(loggedFields({ context: 'JobWorker', data, token: 'hunter2' })).toEqual({
      context: 'JobWorker',
      data: { snapshotId: 'one', omitted: ['password'] },
      omitted: ['token'],
    });
    expect(loggedFields({ data: [{ password: 'hunter2' }] })).toEqual({ data: [{ omitted: ['password'] }] });
  });

  it('leaves to serializers what they look after, and times as they are', () => {
    const error = new Error('x');
    const openedAt = new Date(0);
    expect(loggedFields({ err: error, openedAt })).toEqual({ err: error, openedAt });
  });
});

describe('loggedError', () => {
  const logged = (error: unknown) => JSON.stringify(loggedError(pino.stdSerializers.err(error as Error)));

  it('has what an error says, and nothing that a driver keeps with it', () => {
    const driver = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (name)=(hunter2) exists.' });
    const failed = new QueryFailedError("INSERT INTO x VALUES ($1, 'hunter2')", ['hunter2'], driver);
    expect(logged(failed)).toContain('duplicate key');
    expect(logged(failed)).not.toContain('hunter2');
  });

  it('has each of several, by the same rule', () => {
    const each = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', address: 'hunter2' });
    const several = logged(new AggregateError([each], 'all of them'));
    expect(several).toContain('"code":"ECONNREFUSED","message":"refused"');
    expect(several).not.toContain('hunter2');
  });

  it('has nothing of what is no error', () => {
    expect(loggedError('hunter2')).toEqual({ type: 'string' });
    expect(JSON.stringify(loggedError({ password: 'hunter2' }))).toBe('{}');
  });
});
