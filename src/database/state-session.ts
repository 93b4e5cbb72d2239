import type { ClientBase, ClientConfig } from 'pg';

/** How long one statement of the service itself may take (milliseconds); none of them is meant to take a second. */
export const STATEMENT_TIMEOUT_MS = 30_000;
/** How long a statement waits for somebody's lock; whoever is told so tries again. */
const LOCK_TIMEOUT_MS = 25_000;
/**
 * How long a transaction may stand still. Nothing of ours thinks in the middle of one, so whoever is silent for so long is
 * paused or cut off, and what it holds would hold up everybody else.
 */
const SILENT_TRANSACTION_MS = 8_000;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;

/** After how long the server gives up a client that its packets do not reach. A server that knows them not goes without. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '20000',
};

/** Of every connection to the service's own database, whoever opens it: nobody who stands still holds up others. */
export const STATE_SESSION = {
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  idle_in_transaction_session_timeout: SILENT_TRANSACTION_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
} as const satisfies ClientConfig;

/** The same for a pool of them: what goes beyond the start of a session is said to the server before its first statement. */
export const STATE_POOL = {
  ...STATE_SESSION,
  onConnect: async (client: ClientBase): Promise<void> => {
    await client.query('SELECT set_config(name, $2::jsonb ->> name, false) FROM pg_settings WHERE name = ANY ($1)', [
      Object.keys(UNREACHABLE),
      JSON.stringify(UNREACHABLE),
    ]);
  },
} as const;
