import { EngineError } from '../../engine-error.js';
import { isServerError } from './postgres-errors.js';
import { saysDiskFull, saysPermissionDenied, wordsOf } from './program-words.js';

/**
 * Whose fault it is that a server did not take what it was given: `content`, which it will refuse again; `privilege`, which
 * the role lacks; `circumstances`, which may be others the next time.
 */
export type Fault = 'content' | 'privilege' | 'circumstances';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * SQLSTATEs that speak of the server and the session rather than of what was sent: connections, transactions that met,
 * authorisation, resources, an operator, the disk. Whole classes, by their first two characters, or single ones.
 */
const CIRCUMSTANCES = [
  ...['08', '25', '28', '3D', '40', '53', '57', '58', '72', 'F0'],
  ...['55006', '55P03', 'XX001', 'XX002'],
] as const;
/** Of those classes all the same: a library or an extension's file that is not on this server. */
const CONTENT = ['58P01'];

/** What a program prints when the server or the session was in the way; with `LC_ALL=C` the program's own words are English. */
const PROGRAM_CIRCUMSTANCES =
  /terminating connection|server closed the connection|connection to server|could not connect|out of memory|(lock|statement|transaction) timeout|canceling statement|deadlock detected|read-only transaction|remaining connection slots|too many clients/;

/** What an SQLSTATE says of that. */
export function faultOf(sqlState: string): Fault {
  if (sqlState === INSUFFICIENT_PRIVILEGE) return 'privilege';
  if (CONTENT.includes(sqlState)) return 'content';
  return CIRCUMSTANCES.some((prefix) => sqlState.startsWith(prefix)) ? 'circumstances' : 'content';
}

/**
 * The same for a restore that failed, by what PostgreSQL said. An error without PostgreSQL's words (a program that was
 * killed, a directory that cannot be written) says nothing of the content.
 */
export function faultOfFailure(failure: EngineError): Fault {
  if (failure.code === 'database-permission-denied' || failure.code === 'requirements-missing') return 'privilege';
  if (failure.code !== 'restore-failed' && failure.code !== 'database-error') return 'circumstances';
  const { cause } = failure;
  if (isServerError(cause)) return faultOf(cause.code);
  if (!(cause instanceof Error)) return 'circumstances';
  const words = wordsOf(cause.message);
  if (!/\b(ERROR|FATAL|PANIC): /.test(words)) return 'circumstances';
  if (saysPermissionDenied(words)) return 'privilege';
  return saysDiskFull(words) || PROGRAM_CIRCUMSTANCES.test(words) ? 'circumstances' : 'content';
}
