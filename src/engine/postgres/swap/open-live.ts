import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../engine-error.js';
import { isConnectionLoss } from '../connection/postgres-errors.js';
import { quoteIdentifier } from '../sql/quote.js';
import { SessionEnder } from '../connection/session-ender.js';
import { keptDatabases, type SwapNames } from './swap-databases.js';
import type { SwapSession } from './swap-session.js';

const LIMITS = { lockTimeoutMs: 2_000, statementTimeoutMs: 7_000 };
/** Patient: the environment is closed until this succeeds, and giving up calls for a person. */
const ATTEMPTS = 30;
const BACKOFF_MS = 200;

/**
 * Opens the live database after a swap. Rejects with `EngineError('cutover-incomplete')` when that
 * fails for a minute: the new database is in place then, and closed.
 */
export async function openLive(session: SwapSession, names: SwapNames): Promise<void> {
  const live = quoteIdentifier(names.live);
  await persist(session, names, 'The new state is in place, but its database could not be opened', () =>
    session.transaction(LIMITS, async (client) => {
      await client.query(`ALTER DATABASE ${live} ALLOW_CONNECTIONS true`);
    }),
  );
}

/**
 * Closes the database that bears the live name, whichever it is, and ends its sessions. Rejects with
 * `EngineError('cutover-incomplete')` when it cannot be closed, or is not empty within seconds.
 */
export async function closeLive(session: SwapSession, names: SwapNames): Promise<void> {
  const live = quoteIdentifier(names.live);
  const ender = new SessionEnder(
    session.helperClient,
    [names.expectedLiveOid, names.expectedShadowOid],
    [session.moverPid],
  );
  await persist(session, names, 'The database could not be closed', () =>
    session.transaction(LIMITS, async (client) => {
      await client.query(`ALTER DATABASE ${live} ALLOW_CONNECTIONS false`);
    }),
  );
  ender.start();
  try {
    await persist(session, names, 'The sessions of the database do not end', async () => {
      const { rows } = await session.client.query('SELECT FROM pg_stat_activity WHERE datname = $1 LIMIT 1', [
        names.live,
      ]);
      if (rows.length > 0) throw new Error('somebody is still connected');
    });
  } finally {
    await ender.stop();
  }
}

/**
 * Undoes a swap whose databases are both still closed: the names as before, and open what was open, in
 * one transaction. Rejects with `EngineError('cutover-incomplete')` when that fails.
 */
export async function swapNamesBack(
  session: SwapSession,
  names: SwapNames,
  { shadowWasOpen = true }: { shadowWasOpen?: boolean } = {},
): Promise<void> {
  const [live, shadow, kept] = [names.live, names.shadow, names.kept].map(quoteIdentifier);
  await persist(session, names, 'The old database could not be given its name back', () =>
    session.transaction(LIMITS, async (client) => {
      await client.query(`ALTER DATABASE ${live} RENAME TO ${shadow}`);
      await client.query(`ALTER DATABASE ${kept} RENAME TO ${live}`);
      await client.query(`ALTER DATABASE ${live} ALLOW_CONNECTIONS true`);
      if (shadowWasOpen) await client.query(`ALTER DATABASE ${shadow} ALLOW_CONNECTIONS true`);
    }),
  );
}

/** Nobody can connect to these databases, so what is in the way (autovacuum, somebody's lock on the catalogue) goes away. */
async function persist(
  session: SwapSession,
  names: SwapNames,
  failure: string,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLoss(error) && !(error instanceof EngineError) && attempt < ATTEMPTS) {
        await sleep(BACKOFF_MS);
        continue;
      }
      const { host, port } = session.address;
      const words = error instanceof Error ? error.message : String(error);
      throw new EngineError(
        'cutover-incomplete',
        `${failure} at PostgreSQL ${host}:${port}: ${words}. Both states are kept: ${keptDatabases(names)}.`,
        {
          cause: error,
        },
      );
    }
  }
}
