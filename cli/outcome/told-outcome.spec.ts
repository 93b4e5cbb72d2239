import { describe, expect, it } from 'vitest';
import {
  DeploymentEndedError,
  ExportNotCompletedError,
  GateClosedError,
  ItemRestoreNotCompletedError,
  NoAnswerError,
  RollbackNotCompletedError,
  SnapbackError,
  SnapshotNotCompletedError,
  TimeOutError,
} from '../../sdk/typescript/index.js';
import type {
  DeploymentDetails,
  ItemRestore,
  Problem,
  RollbackLog,
  SnapshotDetails,
  SnapshotExport,
} from '../../sdk/typescript/index.js';
import { EXIT } from './exit-codes.js';
import { failed, interrupted, notFound, refused, usage } from './outcome-error.js';
import { toldOutcome } from './told-outcome.js';

function problem(status: number, code: string, detail = 'Because.'): SnapbackError {
  const said = { type: 'about:blank', title: '', status, code, detail, requestId: '18' } as Problem;
  return new SnapbackError(detail, { status, problem: said });
}

const failure = { code: 'rollback-refused', message: 'It was too late.' };

describe('what a command exits with', () => {
  it.each([
    [EXIT.usage, 'what this program does not understand', usage('x')],
    [EXIT.usage, 'a value the service refuses', problem(422, 'validation-failed')],
    [EXIT.usage, 'a key that was used for something else', problem(422, 'idempotency-key-reused')],
    [EXIT.usage, 'what the service cannot read', problem(400, 'malformed-request')],
    [EXIT.notFound, 'a name that is not there', notFound('x')],
    [EXIT.notFound, 'what the service does not find', problem(404, 'not-found')],
    [EXIT.refused, 'what this program refuses', refused('x')],
    [EXIT.refused, 'a token that is not valid', problem(401, 'unauthenticated')],
    [EXIT.refused, 'a permission that is missing', problem(403, 'permission-missing')],
    [EXIT.refused, 'a state that does not allow it', problem(409, 'snapshot-pinned')],
    [EXIT.refused, 'a code of a newer service that says no', problem(409, 'never-heard-of')],
    [EXIT.refused, 'what somebody else has changed', problem(412, 'precondition-failed')],
    [EXIT.refused, 'a closed gate', new GateClosedError({ gate: 'closed' } as DeploymentDetails)],
    [EXIT.refused, 'a deployment that has ended', new DeploymentEndedError({ id: 'd' } as DeploymentDetails)],
    [EXIT.failed, 'what has failed', failed('x')],
    [
      EXIT.failed,
      'a snapshot that failed',
      new SnapshotNotCompletedError({ status: 'failed', failure } as SnapshotDetails),
    ],
    [
      EXIT.failed,
      'a rollback that failed',
      new RollbackNotCompletedError({ status: 'failed', failure } as RollbackLog),
    ],
    [
      EXIT.failed,
      'items that were not taken out',
      new ItemRestoreNotCompletedError({ status: 'failed', finding: failure } as ItemRestore),
    ],
    [
      EXIT.failed,
      'an export that failed',
      new ExportNotCompletedError({ status: 'failed', finding: failure } as SnapshotExport),
    ],
    [EXIT.failed, 'a fault of the service', problem(500, 'internal-error')],
    [EXIT.failed, 'a service that is starting', problem(503, 'service-unavailable')],
    [EXIT.failed, 'a page that is not there behind a proxy', new SnapbackError('The answer is 404.', { status: 404 })],
    [EXIT.failed, 'silence', new NoAnswerError('The service did not answer.')],
    [EXIT.failed, 'an answer that comes too late', new TimeOutError('The service did not answer within 30 s.')],
    [EXIT.interrupted, 'somebody who has stopped it', interrupted('x')],
  ])('is %i for %s', (exitCode, _, error) => {
    expect(toldOutcome(error)?.exitCode).toBe(exitCode);
  });

  it('is nobody’s to say for a fault of this program', () => {
    expect(toldOutcome(new TypeError('x is undefined'))).toBeUndefined();
    expect(toldOutcome('x')).toBeUndefined();
  });
});

describe('what is told of it', () => {
  it('is the sentence of the service, its code, and the command that helps', () => {
    expect(toldOutcome(problem(409, 'snapshot-pinned', 'The snapshot is pinned.'))).toEqual({
      exitCode: EXIT.refused,
      code: 'snapshot-pinned',
      sentence: 'The snapshot is pinned.',
      nextStep: 'Unpin it with "snapback snapshot unpin".',
    });
  });

  it('is the request where the log of the service has to be read', () => {
    expect(toldOutcome(problem(500, 'internal-error'))?.requestId).toBe('18');
    expect(toldOutcome(problem(409, 'name-taken'))?.requestId).toBeUndefined();
  });

  it('keeps what is behind a sentence of this program', () => {
    const wrapped = failed('It may go on.', { cause: problem(503, 'service-unavailable') });
    expect(toldOutcome(wrapped)).toMatchObject({
      code: 'service-unavailable',
      requestId: '18',
      sentence: 'It may go on.',
    });
  });

  it('is why there was silence, and that nobody knows what was done', () => {
    const refusal = Object.assign(new Error(''), { errors: [new Error('connect ECONNREFUSED 127.0.0.1:1')] });
    const cause = new TypeError('fetch failed', { cause: Object.setPrototypeOf(refusal, AggregateError.prototype) });
    const silence = new NoAnswerError('The service did not answer.', { cause, outcomeUnknown: true });
    expect(toldOutcome(silence)?.sentence).toBe(
      'The service did not answer: connect ECONNREFUSED 127.0.0.1:1. It may have been done all the same; look before you ask for it again.',
    );
  });
});
