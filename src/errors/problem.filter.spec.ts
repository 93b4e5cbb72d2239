import { type ArgumentsHost, Logger } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDatabaseOutage } from './database-outage.js';
import { describeError } from './problem.filter.js';
import { ProblemFilter } from './problem.filter.js';
import { errors } from './catalogue.js';

/** What the filter sends for an error, and whether it only ended the answer. */
function answerTo(thrown: unknown, { headersSent = false, id }: { headersSent?: boolean; id?: unknown } = {}) {
  const sent: { status?: number; type?: string; body?: unknown; ended: boolean } = { ended: false };
  const response = {
    headersSent,
    status: (status: number) => ((sent.status = status), response),
    type: (type: string) => ((sent.type = type), response),
    send: (text: string) => ((sent.body = JSON.parse(text)), response),
    end: () => ((sent.ended = true), response),
  };
  const request = { method: 'GET', originalUrl: '/api/v1/projects?limit=5', id };
  const http = { getRequest: () => request, getResponse: () => response };
  new ProblemFilter().catch(thrown, { switchToHttp: () => http } as unknown as ArgumentsHost);
  return sent;
}

describe('ProblemFilter', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));

  it('sends a problem with all it carries, and the id of the request', () => {
    const problem = errors.environmentBusy('rollback', '5a3f3a9c-0b7e-4d57-8a55-7c2f4f0a6d04');
    expect(answerTo(problem, { id: 'seven' })).toEqual({
      status: 409,
      type: 'application/problem+json',
      body: {
        type: 'urn:snapback:problem:environment-busy',
        title: 'Environment is busy',
        status: 409,
        code: 'environment-busy',
        detail: 'The rollback 5a3f3a9c-0b7e-4d57-8a55-7c2f4f0a6d04 is under way; wait for it to end.',
        instance: '/api/v1/projects',
        requestId: 'seven',
        resource: { kind: 'rollback', id: '5a3f3a9c-0b7e-4d57-8a55-7c2f4f0a6d04' },
      },
      ended: false,
    });
  });

  it('only ends an answer of which a part is out', () => {
    expect(answerTo(errors.malformedJson(), { headersSent: true })).toEqual({ ended: true });
  });

  it.each([
    [
      'of a body that cannot be parsed',
      Object.assign(new SyntaxError('…"hunter2"…'), { status: 400, type: 'entity.parse.failed' }),
      'malformed-json',
    ],
    [
      'of a body that is too large',
      Object.assign(new Error('x'), { status: 413, limit: 1024, type: 'entity.too.large' }),
      'payload-too-large',
    ],
    [
      'of a charset nobody knows',
      Object.assign(new Error('x'), { status: 415, type: 'charset.unsupported' }),
      'unsupported-media-type',
    ],
    ['of a programmer', new TypeError('undefined is not a function'), 'internal-error'],
  ])('finds the code for an error %s', (_, thrown, code) => {
    expect(answerTo(thrown).body).toMatchObject({ code });
  });
});

describe('isDatabaseOutage', () => {
  const failure = (code: string) => Object.assign(new Error('x'), { code });

  it.each([
    ['refuses', failure('ECONNREFUSED')],
    ['refuses at every address', new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')])],
    ['shuts down in the middle of a query', new QueryFailedError('SELECT 1', [], failure('57P01'))],
    ['has lost the connection', failure('08006')],
    ['has no connection left', failure('53300')],
    ['ends without a word', new Error('Connection terminated unexpectedly')],
    ['lets the pool wait', new Error('timeout exceeded when trying to connect')],
  ])('is true when the database %s', (_, error) => {
    expect(isDatabaseOutage(error)).toBe(true);
  });

  it.each([
    ['a constraint', new QueryFailedError('INSERT', [], failure('23505'))],
    ['a file', failure('ENOENT')],
    ['something that caused another error', new Error('x', { cause: failure('ECONNREFUSED') })],
    ['no error', 'ECONNREFUSED'],
  ])('is false for %s', (_, error) => {
    expect(isDatabaseOutage(error)).toBe(false);
  });
});

describe('describeError', () => {
  it('tells the causes, and nothing that hangs on an error besides', () => {
    const cause = Object.assign(new QueryFailedError('INSERT', ['hunter2'], new Error('too long')), {
      detail: 'hunter2',
    });
    const text = describeError(errors.internal(cause));
    expect(text).toContain('Something went wrong on our side');
    expect(text).toContain('caused by: QueryFailedError: too long');
    expect(text).not.toContain('hunter2');
  });

  it('comes to an end with errors that cause each other', () => {
    const error = new Error('a');
    error.cause = error;
    expect(describeError(error).split('caused by').length).toBeLessThan(10);
  });
});
