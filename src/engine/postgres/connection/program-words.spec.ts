import { describe, expect, it } from 'vitest';
import { saysLockWait, saysPermissionDenied, wordsOf } from './program-words.js';

describe('the reason in what pg_dump and pg_restore say', () => {
  it.each([
    [
      'pg_dump: error: query failed: ERROR:  permission denied for table secret\npg_dump: detail: Query was: LOCK TABLE public.secret',
      'ERROR:  permission denied for table secret',
    ],
    [
      'pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry 214; 1259 16390 TABLE t nobody\npg_restore: error: could not execute query: ERROR:  role "nobody" does not exist\nCommand was: ALTER TABLE public.t OWNER TO nobody;',
      'ERROR:  role "nobody" does not exist',
    ],
    [
      'pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 17.0',
      'aborting because of server version mismatch',
    ],
    ['pg_restore: error: could not read from input file: end of file', 'could not read from input file: end of file'],
    ['', 'nothing'],
  ])('is found in %j', (stderr, words) => {
    expect(wordsOf(stderr)).toBe(words);
  });
});

it('counts a row-level security policy as a missing privilege', () => {
  expect(saysPermissionDenied('ERROR:  query would be affected by row-level security policy for table "t"')).toBe(true);
});

describe('a dump that waited too long for a lock', () => {
  const query = 'pg_dump: detail: Query was: LOCK TABLE public.t_1, public.t_2 IN ACCESS SHARE MODE';

  it.each([
    `pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\n${query}`,
    `pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout\n${query}`,
    `pg_dump: error: query failed: FEHLER:  storniere Anfrage wegen Zeitüberschreitung der Anfrage\n${query}`,
    'pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\npg_dump: error: query was: LOCK TABLE public.t IN ACCESS SHARE MODE',
  ])('is known by the statement, whatever the server calls it: %j', (stderr) => {
    expect(saysLockWait(stderr)).toBe(true);
  });

  it.each([
    'pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\npg_dump: detail: Query was: SELECT 1',
    `pg_dump: error: query failed: FEHLER:  Shared Memory aufgebraucht\nTIPP:  Sie müssen möglicherweise max_locks_per_transaction erhöhen.\n${query}`,
  ])('is not what another failure is: %j', (stderr) => {
    expect(saysLockWait(stderr)).toBe(false);
  });
});
