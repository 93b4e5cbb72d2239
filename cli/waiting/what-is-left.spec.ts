import { describe, expect, it } from 'vitest';
import { NoAnswerError, RollbackNotCompletedError, SnapbackError } from '../../sdk/typescript/index.js';
import type { Problem, RollbackLog } from '../../sdk/typescript/index.js';
import { EXIT } from '../outcome/exit-codes.js';
import { interrupted, usage } from '../outcome/outcome-error.js';
import { whatIsLeft } from './what-is-left.js';

const WORK = { what: 'the snapshot 1a2b3c4d of production', lookAgain: 'snapback snapshot show 1a2b3c4d' };
const THEN =
  'The snapshot 1a2b3c4d of production may go on all the same; look at it again: snapback snapshot show 1a2b3c4d';

function answer(status: number, code?: string): SnapbackError {
  const problem = { status, code, detail: 'Because.' } as Problem;
  return new SnapbackError('Because.', { status, ...(code !== undefined && { problem }) });
}

describe('who has waited in vain', () => {
  it.each([
    ['the service is gone', new NoAnswerError('The connection was lost.'), EXIT.failed],
    ['the token is not valid any more', answer(401, 'unauthenticated'), EXIT.refused],
    ['the token may not look any more', answer(403, 'permission-missing'), EXIT.refused],
    ['the token of a file cannot be read any more', usage('The token cannot be read.'), EXIT.usage],
    ['a proxy answers for the service', answer(502), EXIT.failed],
  ])('hears that the work may go on, and how to look at it, when %s', (_, error, exitCode) => {
    expect(whatIsLeft(error, WORK)).toMatchObject({ exitCode, message: expect.stringContaining(THEN), cause: error });
  });

  it.each([
    ['the work has come to another end', new RollbackNotCompletedError({ status: 'failed' } as RollbackLog)],
    ['it is not there any more', answer(404, 'not-found')],
    ['somebody has interrupted', interrupted('Interrupted; it goes on.')],
    ['this program has a fault', new TypeError('x is undefined')],
  ])('hears no more than that when %s', (_, error) => {
    expect(whatIsLeft(error, WORK)).toBe(error);
  });
});
