import { AddressRefused } from '../../network/public-address.js';
import { EngineError } from '../../engine-error.js';
import type { DatabaseAddress } from './database-address.js';
import { saysNoRoomForLocks } from './program-words.js';

/** What every error sent by a PostgreSQL server carries. */
interface ServerError extends Error {
  code: string;
  severity: string;
  hint?: string;
  /** What it was doing below the statement itself: the functions it was in. */
  where?: string;
}

/** Whether the server itself said this, as opposed to the socket or the client. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code));
}

/** The SQLSTATE of an error from the server, or undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return isServerError(error) ? error.code : undefined;
}

/** Whether the server knows no such table, or no such schema: gone, or under another name by now. */
export function saysRelationGone(error: unknown): boolean {
  return ['42P01', '3F000'].includes(sqlState(error) ?? '');
}

/** Whether the server found no function, operator, type, table, schema or column of a name. */
export function saysNameUnknown(error: unknown): boolean {
  return ['42883', '42704', '42P01', '3F000', '42703'].includes(sqlState(error) ?? '');
}

/** Whether the connection itself broke, so that nothing is known about the last statement sent on it. */
export function isConnectionLoss(error: unknown): boolean {
  // The severity is in the server's language, so the codes that always end a session count as well.
  if (isServerError(error))
    return /FATAL|PANIC/.test(error.severity) || /^(08P01|57P0[1-5]|25P0[34])$/.test(error.code);
  return error instanceof Error && (LOST.test(error.message) || LOSS_CODES.has(systemCode(error) ?? ''));
}

/** Whether the server said no to a statement and goes on with the session, so that something else may be done instead. */
export function isRefusal(error: unknown): error is ServerError {
  return isServerError(error) && !isConnectionLoss(error);
}

/** Whether the server has waited for a lock as long as `lock_timeout` says. */
export function saysLockNotAvailable(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

/** What the server said, also where it was put into other words for somebody. */
export function serverReasonOf(error: unknown): unknown {
  return error instanceof EngineError ? error.cause : error;
}

/**
 * Says in one sentence what went wrong with a database and what to do. Contains PostgreSQL's own
 * words where there are some, and never the password. Returns an `EngineError` as it is.
 */
export function toEngineError(error: unknown, address: DatabaseAddress): EngineError {
  if (error instanceof EngineError) return error;
  if (isServerError(error)) return fromServer(error, address);
  const place = `${address.host}:${address.port}`;
  const message = error instanceof Error ? error.message : String(error);
  const because = (code: ConstructorParameters<typeof EngineError>[0], sentence: string) =>
    new EngineError(code, sentence, { cause: error });

  if (error instanceof AddressRefused) {
    return because(
      'database-unreachable',
      `The host ${address.host} leads to this machine or its own network; it must be allowed by its name (DATABASE_HOSTS).`,
    );
  }
  if (message.includes('password must be a')) {
    return because('database-authentication-failed', asksForPassword(place));
  }
  if (/SCRAM|SASL/.test(message)) {
    return because(
      'database-authentication-failed',
      `The password exchange with PostgreSQL at ${place} failed (${message}).`,
    );
  }
  if (message.includes('does not support SSL')) {
    return because(
      'database-unreachable',
      `PostgreSQL at ${place} does not offer TLS; turn it on there, or set tls to "disable".`,
    );
  }
  if (/certificate/i.test(message) || systemCode(error)?.startsWith('ERR_TLS')) {
    return because('database-unreachable', `The certificate of PostgreSQL at ${place} was not accepted: ${message}.`);
  }
  if (LOST.test(message)) {
    return because('database-unreachable', `The connection to PostgreSQL at ${place} was lost; try again.`);
  }
  const reason = UNREACHABLE.get(systemCode(error) ?? '') ?? (message === 'timeout expired' ? 'no answer in time' : '');
  if (reason) {
    return because(
      'database-unreachable',
      `PostgreSQL at ${place} cannot be reached (${reason}); check host and port, and that the server runs.`,
    );
  }
  return because('database-error', `Working with the database ${named(address)} at ${place} failed: ${message}.`);
}

/** `toEngineError` for what the server or the connection to it says; everything else as it is. */
export function explained(error: unknown, address: DatabaseAddress): unknown {
  return isServerError(error) || isConnectionLoss(error) ? toEngineError(error, address) : error;
}

/** What a socket says that was connected before. */
const LOSS_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

const LOST = /^Connection terminated|connection error and is not queryable|Client was closed/;

const UNREACHABLE = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'the host name is unknown'],
  ['EAI_AGAIN', 'the host name cannot be looked up'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the network'],
  ['ETIMEDOUT', 'no answer in time'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
  ['ENOENT', 'there is no such socket'],
  ['EACCES', 'the socket may not be used'],
]);

function fromServer(error: ServerError, address: DatabaseAddress): EngineError {
  const place = `${address.host}:${address.port}`;
  const says = `PostgreSQL says: ${error.message}`;
  const because = (code: ConstructorParameters<typeof EngineError>[0], sentence: string) =>
    new EngineError(code, sentence, { cause: error });

  switch (error.code) {
    case '28P01':
    case '28000':
      // Not every way of asking tells an empty password from a wrong one.
      if (address.password === '') return because('database-authentication-failed', asksForPassword(place));
      return because(
        'database-authentication-failed',
        `PostgreSQL at ${place} refused the role ${quoted(address.user)}; check user and password. ${says}`,
      );
    case '3D000':
      return because('database-missing', `There is no database ${named(address)} at ${place}. ${says}`);
    case '42501':
      return because(
        'database-permission-denied',
        `The role ${quoted(address.user)} lacks a privilege in the database ${named(address)}. ${says}`,
      );
    case '53100':
      return because('disk-full', `The disk of PostgreSQL at ${place} is full. ${says}`);
    case '53200':
      if (saysNoRoomForLocks(error.hint ?? '')) return noRoomForLocks(address, error.message, error);
      break;
    case '53300':
      return because('database-unreachable', `PostgreSQL at ${place} has no free connection. ${says}`);
    case '57P01':
    case '57P02':
    case '57P03':
    case '55000':
      if (error.severity === 'FATAL') {
        return because('database-unreachable', `PostgreSQL at ${place} closed the connection. ${says}`);
      }
  }
  return because('database-error', `The database ${named(address)} at ${place} reported an error. ${says}`);
}

/** What a server says that cannot note down one lock more: a capture needs two on every table at the same time. */
export function noRoomForLocks(address: DatabaseAddress, says: string, cause: unknown): EngineError {
  return new EngineError(
    'database-error',
    `PostgreSQL at ${address.host}:${address.port} has no room for a lock on every table of the database ${named(address)}; raise max_locks_per_transaction there (twice the number of tables, divided by max_connections, and some more) and restart it. PostgreSQL says: ${says}`,
    { cause },
  );
}

function named(address: DatabaseAddress): string {
  return quoted(address.database);
}

function quoted(name: string): string {
  return `"${name}"`;
}

function systemCode(error: unknown): string | undefined {
  // With several addresses for one host name (::1 and 127.0.0.1) Node wraps what each of them answered.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error && 'code' in first ? String(first.code) : undefined;
}

function asksForPassword(place: string): string {
  return `PostgreSQL at ${place} asks for a password and there is none.`;
}
