import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { EngineError } from '../../engine-error.js';
import type { DatabaseAddress } from '../connection/database-address.js';
import type { PropertiesSource } from '../properties/database-properties.js';
import { isConnectionLoss, sqlState, toEngineError } from '../connection/postgres-errors.js';
import { quoteIdentifier } from '../sql/quote.js';
import { type EndingReport, SessionEnder } from '../connection/session-ender.js';
import { requirePlanned, requireSwappable } from './swap-checks.js';
import { SwapSession } from './swap-session.js';

export interface SwapNames {
  live: string;
  shadow: string;
  /** What the live database is called afterwards; not taken yet. */
  kept: string;
  expectedLiveOid: number;
  expectedShadowOid: number;
}

export interface SwapOptions {
  /** Default 5. */
  maxAttempts?: number;
  /** Between two attempts the live database is open and undisturbed; default 200. */
  backoffMs?: number;
  /** Default 2,000: how long an attempt waits for a lock. */
  lockTimeoutMs?: number;
  /** Default 3,000: how long one rename waits for sessions to end. */
  statementTimeoutMs?: number;
  /** What the new database's own properties must be, beside the live one's owner and privileges; default `live`. */
  properties?: PropertiesSource;
  /** Of the shadow: that nobody was in it is looked at before each attempt (see `ClosedDatabase`); not looked at unless told. */
  closedXmin?: string | undefined;
  /** Looked at before each attempt; an attempt itself cannot be cancelled. */
  signal?: AbortSignal;
}

export interface SwapResult {
  /**
   * When, by `performance.now()`, the last session that could have got an answer from the old database was told to
   * end. It may have taken a moment longer, so a downtime that is counted from here is never too short.
   */
  lastOldAnswerPossibleAt: number;
  attempts: number;
}

/**
 * Gives the shadow the live database's name, and the live one the kept name, in one transaction, while
 * everybody who is connected is sent away. Both are closed to new sessions afterwards. Nothing is
 * closed beforehand: a rename keeps newcomers out by its own lock, and its success proves that no
 * session is left. `address.database` is a third database.
 *
 * When it rejects, everything is open and old, unless the code is `cutover-incomplete`: the connection
 * was lost during COMMIT. Otherwise `EngineError('sessions-in-the-way' | 'cutover-failed' |
 * 'database-…')`, or `signal.reason`.
 */
export async function swapDatabases(
  address: DatabaseAddress,
  names: SwapNames,
  options: SwapOptions = {},
): Promise<SwapResult> {
  const session = await SwapSession.open(address);
  try {
    return await swapNames(session, names, options);
  } finally {
    await session.close();
  }
}

/** `swapDatabases` on connections that are there already. */
export async function swapNames(
  session: SwapSession,
  names: SwapNames,
  options: SwapOptions = {},
): Promise<SwapResult> {
  const { maxAttempts = 5, backoffMs = 200 } = options;
  for (let attempts = 1; ; attempts += 1) {
    options.signal?.throwIfAborted();
    // Before anybody is sent away for nothing.
    await requirePlanned(session.client, names, options.closedXmin).catch((error: unknown) => {
      throw translate(error, session.address, names);
    });
    const attempt = await tryOnce(session, names, options);
    if ('lastOldAnswerPossibleAt' in attempt) return { ...attempt, attempts };
    if (!isWorthRetrying(attempt.error)) throw translate(attempt.error, session.address, names);
    if (attempts >= maxAttempts) throw inTheWay(names.live, attempts, attempt);
    await sleep(backoffMs);
  }
}

interface FailedAttempt {
  error: unknown;
  report: EndingReport;
}

async function tryOnce(
  session: SwapSession,
  names: SwapNames,
  options: SwapOptions,
): Promise<Omit<SwapResult, 'attempts'> | FailedAttempt> {
  const oids = [names.expectedLiveOid, names.expectedShadowOid];
  const ender = new SessionEnder(session.helperClient, oids, [session.moverPid], () => session.wakeMover());
  const limits = {
    lockTimeoutMs: options.lockTimeoutMs ?? 2_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 3_000,
  };
  const startedAt = performance.now();
  ender.start();
  try {
    await session.transaction(limits, async (client) => {
      await renameBoth(client, names, options.properties ?? 'live');
      // Who waits for these names would be told that there is no such database, and believe it.
      await ender.sendAway();
    });
  } catch (error) {
    return { error, report: await ender.stop() };
  }
  const { lastEndedAt } = await ender.stop();
  return { lastOldAnswerPossibleAt: lastEndedAt ?? startedAt };
}

async function renameBoth(client: pg.Client, names: SwapNames, properties: PropertiesSource): Promise<void> {
  const [live, shadow, kept] = [names.live, names.shadow, names.kept].map(quoteIdentifier);
  await client.query(`ALTER DATABASE ${live} RENAME TO ${kept}`);
  await client.query(`ALTER DATABASE ${shadow} RENAME TO ${live}`);
  await client.query(`ALTER DATABASE ${kept} ALLOW_CONNECTIONS false`);
  await client.query(`ALTER DATABASE ${live} ALLOW_CONNECTIONS false`);
  // Only now can nobody change what is looked at any more.
  await requireSwappable(client, names, properties);
}

/** Somebody was in the way for a moment: a session, a lock, or autovacuum updating the same catalogue row. */
function isWorthRetrying(error: unknown): boolean {
  const state = sqlState(error);
  if (state === 'XX000') return error instanceof Error && error.message.includes('concurrently updated');
  return state !== undefined && ['55006', '55P03', '57014', '40001', '40P01'].includes(state);
}

function inTheWay(live: string, attempts: number, { error, report }: FailedAttempt): EngineError {
  const who = report.stubborn.length > 0 ? ` In the way: ${report.stubborn.slice(0, 5).join(', ')}.` : '';
  const says = error instanceof Error ? ` PostgreSQL says: ${[error.message, detailOf(error)].join(' ').trim()}` : '';
  return new EngineError(
    'sessions-in-the-way',
    `The database "${live}" could not be freed of its sessions in ${attempts} attempts; it is open and as it was. End what uses it and try again.${who}${says}`,
    { cause: error },
  );
}

/** PostgreSQL's detail here is a count of sessions and prepared transactions, and no data. */
function detailOf(error: Error): string {
  return sqlState(error) === '55006' && 'detail' in error ? String(error.detail) : '';
}

/** For an error that leaves it to a person to find out where things are. */
export function keptDatabases(names: Pick<SwapNames, 'live' | 'shadow' | 'kept'>): string {
  return `the two databases bear two of the names "${names.live}", "${names.shadow}" and "${names.kept}"`;
}

function translate(error: unknown, address: DatabaseAddress, names: SwapNames): EngineError {
  if (error instanceof EngineError && error.code === 'cutover-incomplete') {
    return new EngineError(error.code, `${error.message} Both states are kept: ${keptDatabases(names)}.`, {
      cause: error.cause,
    });
  }
  if (error instanceof EngineError) return error;
  if (isConnectionLoss(error)) {
    return new EngineError(
      'cutover-failed',
      `The connection to PostgreSQL at ${address.host}:${address.port} was lost before any name had changed; the old database is in place.`,
      { cause: error },
    );
  }
  const translated = toEngineError(error, address);
  if (translated.code === 'database-permission-denied') return translated;
  return new EngineError(
    'cutover-failed',
    `The databases could not be renamed; the old one is open and as it was. ${translated.message}`,
    { cause: error },
  );
}
