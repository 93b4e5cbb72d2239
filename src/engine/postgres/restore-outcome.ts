import { EngineError } from '../engine-error.js';
import type { Child } from './child.js';
import type { DatabaseAddress } from './database-address.js';
import { saysDiskFull, wordsOf } from './program-words.js';
import type { Program } from './programs.js';

/** Since when `pg_restore` begins with a setting that older servers do not know (`SET transaction_timeout = 0`). */
const SETS_MORE = 17;
const SETTING_FAILED =
  /^(?:pg_restore: while INITIALIZING:\n)?pg_restore: error: could not execute query: [^\n]*\nCommand was: SET transaction_timeout = 0;\n\s*/m;
const ONE_IGNORED = 'pg_restore: warning: errors ignored on restore: 1';

/**
 * `pg_restore` ends at the first statement that fails, unless it begins with one that must fail on this server: it goes on
 * then, and `requireRestored` refuses every other failure.
 */
export function failureOptions(program: Program, serverMajor: number): string[] {
  return setsTooMuch(program, serverMajor) ? [] : ['--exit-on-error'];
}

/**
 * Waits for a `pg_restore` to end. Rejects with `EngineError('restore-failed' | 'disk-full')` and
 * PostgreSQL's reason unless it succeeded, or with the signal's reason when that was aborted.
 */
export async function requireRestored(
  child: Child,
  program: Program,
  server: { address: DatabaseAddress; serverMajor: number },
  signal: AbortSignal,
): Promise<void> {
  const { address, serverMajor } = server;
  const end = await child.ended;
  signal.throwIfAborted();
  if (end.code === 0) return;
  if (end.code === 1 && setsTooMuch(program, serverMajor) && saysOnlyUnknownSetting(child.stderr())) return;
  if (end.signal) {
    throw new EngineError('restore-failed', `pg_restore was ended by ${end.signal} before it was done; try again.`);
  }
  const words = wordsOf(withoutUnknownSetting(child.stderr()));
  throw new EngineError(
    saysDiskFull(words) ? 'disk-full' : 'restore-failed',
    `The snapshot could not be restored into PostgreSQL at ${address.host}:${address.port}. PostgreSQL says: ${words}`,
    { cause: new Error(child.stderr()) },
  );
}

function setsTooMuch(program: Program, serverMajor: number): boolean {
  return program.major >= SETS_MORE && serverMajor < SETS_MORE;
}

/**
 * Whether the setting is all that failed. The server's words may be in any language and contain anything; the program's own
 * are in English (`LC_ALL=C`), begin each failure and end with how many there were.
 */
export function saysOnlyUnknownSetting(stderr: string): boolean {
  return SETTING_FAILED.test(stderr) && withoutUnknownSetting(stderr).trim() === ONE_IGNORED;
}

function withoutUnknownSetting(stderr: string): string {
  return stderr.replace(SETTING_FAILED, '');
}
