import { describe, expect, it } from 'vitest';
import { failureOptions, saysOnlyUnknownSetting } from './restore-outcome.js';

const SETTING = `pg_restore: while INITIALIZING:
pg_restore: error: could not execute query: FEHLER:  unbekannter Konfigurationsparameter »transaction_timeout«
Command was: SET transaction_timeout = 0;

`;
const TABLE = `pg_restore: from TOC entry 215; 1259 16385 TABLE t shop
pg_restore: error: could not execute query: ERROR:  type "mood" does not exist
Command was: CREATE TABLE public.t (m mood);

`;
const ignored = (count: number) => `pg_restore: warning: errors ignored on restore: ${count}\n`;

describe('a pg_restore that is newer than the server', () => {
  it.each([
    ['goes on where it would set what the server does not know', 18, 16, []],
    ['ends at the first failure where the server knows everything', 18, 17, ['--exit-on-error']],
    ['ends at the first failure when it sets no more than the server knows', 16, 14, ['--exit-on-error']],
  ])('%s', (_, major, serverMajor, options) => {
    expect(failureOptions({ path: '/pg_restore', major }, serverMajor)).toEqual(options);
  });

  it.each([
    ['that setting alone', SETTING + ignored(1), true],
    ['the setting and a statement', SETTING + TABLE + ignored(2), false],
    ['a statement alone', TABLE + ignored(1), false],
    ['the setting, and an end before everything was tried', SETTING, false],
    ['more than was kept of what it said', SETTING + ignored(3), false],
    ['nothing', '', false],
  ])('is judged by what it says: %s', (_, stderr, forgiven) => {
    expect(saysOnlyUnknownSetting(stderr)).toBe(forgiven);
  });
});
