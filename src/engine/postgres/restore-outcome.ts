import { EngineError } from '../engine-error.js';
import type { Child } from './child.js';
import type { DatabaseAddress } from './database-address.js';
import { saysDiskFull, wordsOf } from './program-words.js';
import type { Program } from './programs.js';

/**
 * Waits for a `pg_restore` to end. Rejects with `EngineError('restore-failed' | 'disk-full')` and
 * PostgreSQL's reason unless it succeeded, or with the signal's reason when that was aborted.
 */
export async function requireRestored(
  child: Child,
  program: Program,
  address: DatabaseAddress,
  signal: AbortSignal,
): Promise<void> {
  const end = await child.ended;
  signal.throwIfAborted();
  if (end.code === 0) return;
  if (end.signal) {
    throw new EngineError('restore-failed', `pg_restore was ended by ${end.signal} before it was done; try again.`);
  }
  const words = wordsOf(child.stderr());
  throw new EngineError(
    saysDiskFull(words) ? 'disk-full' : 'restore-failed',
    `The snapshot could not be restored into PostgreSQL at ${address.host}:${address.port}. PostgreSQL says: ${words}${hint(program, words)}`,
    { cause: new Error(child.stderr()) },
  );
}

/** Newer programs set parameters that older servers do not know. */
function hint(program: Program, words: string): string {
  return words.includes('unrecognized configuration parameter')
    ? ` (pg_restore is of PostgreSQL ${program.major}: install postgresql-client of the server's own version)`
    : '';
}
