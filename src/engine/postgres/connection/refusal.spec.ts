import { describe, expect, it } from 'vitest';
import { EngineError } from '../../engine-error.js';
import { faultOf, faultOfFailure } from './refusal.js';

describe('a statement that a server refuses', () => {
  it.each([
    ['42P01', 'an unknown table'],
    ['42704', 'an unknown type'],
    ['42P17', 'a function that is not immutable'],
    ['22P02', 'a value that is none of its type'],
    ['23514', 'a violated check'],
    ['0A000', 'an extension that is not available'],
    ['58P01', 'a library that is not there'],
    ['P0001', 'a function that raises'],
    ['38000', 'an external routine'],
    ['54000', 'an index row that is too large'],
    ['55000', 'a view that is not populated'],
    ['XX000', "an extension's own error"],
  ])('is refused for its content with %s, %s', (state) => {
    expect(faultOf(state)).toBe('content');
  });

  it.each(['08006', '25006', '28P01', '40P01', '53100', '53200', '53300', '55P03', '57014', '57P01', '58030', 'XX001'])(
    'is refused by circumstances with %s',
    (state) => {
      expect(faultOf(state)).toBe('circumstances');
    },
  );

  it('is refused for want of a privilege with 42501', () => {
    expect(faultOf('42501')).toBe('privilege');
  });
});

describe('a restore that failed', () => {
  const server = (code: string) => Object.assign(new Error('words'), { code, severity: 'ERROR' });
  const failed = (cause?: unknown, code: 'restore-failed' | 'database-error' | 'disk-full' = 'restore-failed') =>
    faultOfFailure(new EngineError(code, 'It failed.', { cause }));
  const program = (words: string) =>
    new Error(`pg_restore: error: could not execute query: ERROR:  ${words}\nCommand was: x`);

  it.each([
    ['an SQLSTATE of its content', failed(server('42704')), 'content'],
    ['the same, met over a connection of ours', failed(server('42883'), 'database-error'), 'content'],
    ['an SQLSTATE of the server', failed(server('57P01')), 'circumstances'],
    ['a missing privilege', failed(server('42501')), 'privilege'],
    ['a program that says what it misses', failed(program('type "earth" does not exist')), 'content'],
    ['a program that may not', failed(program('must be superuser to create an event trigger')), 'privilege'],
    [
      'a program whose connection ended',
      failed(program('terminating connection due to administrator command')),
      'circumstances',
    ],
    [
      'a program that could not connect',
      failed(new Error('pg_restore: error: connection to server failed')),
      'circumstances',
    ],
    ['a program that was killed', failed(), 'circumstances'],
    ['a full disk', failed(server('53100'), 'disk-full'), 'circumstances'],
    ['a directory that cannot be written', failed(Object.assign(new Error('no'), { code: 'EPERM' })), 'circumstances'],
  ])('by %s', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});
