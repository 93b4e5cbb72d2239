import { describe, expect, it } from 'vitest';
import { saysPermissionDenied, wordsOf } from './program-words.js';

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
