import { expect, it } from 'vitest';
import { EngineError } from '../../engine/engine-error.js';
import { BackendError } from '../../vault/backend/backend-error.js';
import { CatalogueError } from '../../vault/catalogue/catalogue-error.js';
import { KeyError } from '../../vault/keys/key-error.js';
import { TimedOut } from '../capture/capture-interruption.js';
import { verificationEnd } from './verification-end.js';

const sqlError = (code: string) => Object.assign(new Error('words'), { code, severity: 'ERROR' });
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
  ['damaged', new KeyError('key-file-missing', 'The key is gone.'), 'key-file-missing'],
  ['failed', new EngineError('restore-failed', 'No such type.', { cause: sqlError('42704') }), 'restore-failed'],
  ['failed', new EngineError('database-error', 'It raises.', { cause: sqlError('P0001') }), 'database-error'],
  ['inconclusive', new EngineError('restore-failed', 'Ended.', { cause: sqlError('57P01') }), 'restore-failed'],
  ['inconclusive', new EngineError('restore-failed', 'Killed.'), 'restore-failed'],
  ['inconclusive', new EngineError('restore-failed', 'May not.', { cause: sqlError('42501') }), 'restore-failed'],
  ['inconclusive', new KeyError('wrong-master-key', 'Another key.'), 'wrong-master-key'],
  ['inconclusive', new CatalogueError('rebuilding', 'It is being rebuilt.'), 'rebuilding'],
  ['inconclusive', new BackendError('unavailable', 'No answer.'), 'unavailable'],
  ['inconclusive', new BackendError('denied', 'No.'), 'denied'],
  ['inconclusive', new EngineError('database-unreachable', 'Nobody answers.'), 'database-unreachable'],
  ['inconclusive', new EngineError('database-permission-denied', 'May not.'), 'database-permission-denied'],
  ['inconclusive', new EngineError('disk-full', 'The disk is full.'), 'disk-full'],
  ['inconclusive', new TimedOut(60), 'timed-out'],
  ['inconclusive', new Error('a bug, with a secret in it'), 'internal-error'],
])('is %s after %s', (outcome, failure, code) => {
  const end = verificationEnd({ failure });
  expect(end).toMatchObject({ outcome, finding: { code } });
  expect(JSON.stringify(end)).not.toContain('secret');
});

it('says nothing of the snapshot when its catalogue is being rebuilt', () => {
  expect(verificationEnd({ failure: new CatalogueError('rebuilding', 'It is being rebuilt.') })).toMatchObject({
    outcome: 'inconclusive',
    unseen: true,
  });
  const unreachable = verificationEnd({ failure: new BackendError('unavailable', 'No answer.') });
  expect(unreachable.unseen).not.toBe(true);
});

it.each([
  [true, new EngineError('database-permission-denied', 'May not.')],
  [true, new EngineError('requirements-missing', 'It lacks something.')],
  [true, new EngineError('restore-failed', 'May not.', { cause: sqlError('42501') })],
  [false, new EngineError('disk-full', 'The disk is full.')],
  [false, new EngineError('database-unreachable', 'Nobody answers.')],
])('blocks, %s, after what a rollback would meet too', (blocking, failure) => {
  expect(verificationEnd({ failure })).toMatchObject({ outcome: 'inconclusive', blocking });
});
