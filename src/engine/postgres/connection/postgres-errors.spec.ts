import { describe, expect, it } from 'vitest';
import { EngineError } from '../../engine-error.js';
import { isConnectionLoss, toEngineError } from './postgres-errors.js';

const address = {
  host: 'db.example',
  port: 5432,
  database: 'erp',
  user: 'app',
  password: 'do-not-tell',
  tls: 'disable',
} as const;

function serverError(code: string, message: string, severity = 'ERROR'): Error {
  return Object.assign(new Error(message), { code, severity });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe('the code of a failure', () => {
  it.each([
    [systemError('ECONNREFUSED'), 'database-unreachable'],
    [systemError('ENOTFOUND'), 'database-unreachable'],
    [new AggregateError([systemError('ECONNREFUSED'), systemError('ECONNREFUSED')], ''), 'database-unreachable'],
    [new Error('timeout expired'), 'database-unreachable'],
    [new Error('Connection terminated unexpectedly'), 'database-unreachable'],
    [new Error('The server does not support SSL connections'), 'database-unreachable'],
    [serverError('57P03', 'the database system is starting up', 'FATAL'), 'database-unreachable'],
    [serverError('28P01', 'password authentication failed for user "app"', 'FATAL'), 'database-authentication-failed'],
    [serverError('28000', 'no pg_hba.conf entry', 'FATAL'), 'database-authentication-failed'],
    [
      new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string'),
      'database-authentication-failed',
    ],
    [serverError('3D000', 'database "erp" does not exist', 'FATAL'), 'database-missing'],
    [serverError('42501', 'permission denied for table t'), 'database-permission-denied'],
    [serverError('53100', 'could not extend file'), 'disk-full'],
    [serverError('42P01', 'relation "t" does not exist'), 'database-error'],
    [new Error('something else'), 'database-error'],
  ] as const)('of %s is %s', (error, code) => {
    expect(toEngineError(error, address)).toMatchObject({ code, cause: error });
  });
});

it("has PostgreSQL's own words in its sentence", () => {
  expect(toEngineError(serverError('42501', 'permission denied for table t'), address).message).toBe(
    'The role "app" lacks a privilege in the database "erp". PostgreSQL says: permission denied for table t',
  );
});

it('never tells the password', () => {
  const error = toEngineError(serverError('28P01', 'password authentication failed for user "app"', 'FATAL'), address);

  expect(error.message).not.toContain(address.password);
});

it('leaves an engine error as it is', () => {
  const error = new EngineError('disk-full', 'No space.');

  expect(toEngineError(error, address)).toBe(error);
});

it('knows a lost connection from a refused statement, in any language', () => {
  expect(isConnectionLoss(serverError('57P01', 'Verbindung wird abgebrochen', 'SCHWERWIEGEND'))).toBe(true);
  expect(isConnectionLoss(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isConnectionLoss(systemError('ECONNRESET'))).toBe(true);
  expect(isConnectionLoss(serverError('55006', 'database is being accessed by other users'))).toBe(false);
});
