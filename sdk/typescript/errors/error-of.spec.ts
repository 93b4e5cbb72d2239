import { describe, expect, it } from 'vitest';
import { errorOf } from './error-of.js';
import { SnapbackError } from './snapback-error.js';

const request = (init: RequestInit = {}) => new Request('http://service.internal/', init);
const post = () => request({ method: 'POST', headers: { 'Idempotency-Key': 'k' } });
const problem = {
  ...{ type: 'urn:snapback:problem:name-taken', title: 'Taken', status: 409, code: 'name-taken' },
  ...{
    detail: 'There is one already.',
    requestId: '18',
    traceId: 'a'.repeat(32),
    errors: [{ field: 'name', message: 'is taken' }],
  },
};

describe('what is thrown', () => {
  it('for an answer of the service says what the service says', () => {
    const error = errorOf(problem, new Response(null, { status: 409 }), post());
    expect(error).toMatchObject({ status: 409, code: 'name-taken', detail: problem.detail, message: problem.detail });
    expect(error).toMatchObject({
      fields: problem.errors,
      requestId: '18',
      traceId: 'a'.repeat(32),
      outcomeUnknown: false,
      idempotencyKey: 'k',
    });
  });

  it.each([
    [502, 'POST', true],
    [504, 'PATCH', true],
    [502, 'GET', false],
    [403, 'POST', false],
  ])('for a %i of a proxy has no code, and for a %s the outcome is unknown: %s', (status, method, outcomeUnknown) => {
    const error = errorOf('<html>', new Response(null, { status }), request({ method }));
    expect(error).toMatchObject({ status, code: undefined, fields: [], outcomeUnknown });
  });

  it('for an answer that is cut off, or no JSON, is an error of this client', () => {
    const error = errorOf(new SyntaxError('Unexpected end'), new Response(null, { status: 200 }), post());
    expect(error).toMatchObject({ name: 'SnapbackError', status: 200, code: undefined, outcomeUnknown: true });
  });

  it('before there was a request, or by whoever called it off, stays what it is', () => {
    const reason = new Error('mine');
    expect(errorOf(reason, undefined, undefined)).toBe(reason);
    expect(errorOf(new Error('aborted'), undefined, request({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    const thrown = new SnapbackError('first');
    expect(errorOf(thrown, undefined, request())).toBe(thrown);
  });
});
