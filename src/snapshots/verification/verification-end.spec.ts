import { expect, it } from 'vitest';
import { EngineError } from '../../engine/engine-error.js';
import { TimedOut } from '../capture-interruption.js';
import { verificationEnd } from './verification-end.js';

const compared = { tables: 2, rows: 30, files: 4, bytes: 500, warnings: [], leftOver: [] };

it('says what was compared when all of it is equal', () => {
  expect(verificationEnd(compared)).toEqual({
    outcome: 'equal',
    finding: null,
    compared: { tableCount: 2, rowCount: 30, fileCount: 4, filestoreBytes: 500 },
  });
});

it('is equal also when what was made for it could not be removed, and says so', () => {
  const end = verificationEnd({ ...compared, leftOver: ['The database "x" is left over: busy.'] });
  expect(end).toMatchObject({
    outcome: 'equal',
    finding: { code: 'left-over', message: expect.stringContaining('"x"') },
  });
});

it.each([
  ['different', new EngineError('verification-failed', 'A file has other bytes.'), 'verification-failed'],
  ['damaged', new EngineError('snapshot-damaged', 'A chunk is missing.'), 'snapshot-damaged'],
  ['inconclusive', new EngineError('database-unreachable', 'Nobody answers.'), 'database-unreachable'],
  ['inconclusive', new EngineError('disk-full', 'The disk is full.'), 'disk-full'],
  ['inconclusive', new TimedOut(60), 'timed-out'],
  ['inconclusive', new Error('a bug, with a secret in it'), 'internal-error'],
])('is %s after %s', (outcome, failure, code) => {
  const end = verificationEnd({ failure });
  expect(end).toMatchObject({ outcome, finding: { code } });
  expect(JSON.stringify(end)).not.toContain('secret');
});
