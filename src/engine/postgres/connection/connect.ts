import { Socket } from 'node:net';
import { Client } from 'pg';
import { AddressRefused, isSpecialAddress, publicLookup } from '../../network/public-address.js';
import type { DatabaseAddress } from './database-address.js';
import { explained, toEngineError } from './postgres-errors.js';
import { LASTING_SETTINGS, OF_SUPERUSERS, OWN_NAMES_ONLY } from './session-settings.js';
import { areComplete, learnFromRefusal, learnVersion, startOptionsFor } from './start-options.js';
import { nodeTls } from './tls.js';

/** How long a server may take to let us in, unless a caller knows better. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** How long a goodbye may take before the socket is simply closed. */
const GOODBYE_MS = 2_000;
/** With what is learned from a refusal: a server that takes no options, and one that ends sessions before they have said anything. */
const MOST_ATTEMPTS = 3;
/** A firewall that forgets silent connections would otherwise leave us waiting. */
const KEEP_ALIVE_MS = 30_000;

export interface ConnectionOptions {
  /** Time to connect in, default `CONNECT_TIMEOUT_MS`. Statements have no limit of their own. */
  timeoutMs?: number;
  /** What `pg_stat_activity` shows, default `snapback`. */
  applicationName?: string;
  /** Another database of the same server than the address's. */
  database?: string;
  /** Aborting closes the socket and rejects with `signal.reason`. */
  signal?: AbortSignal;
  /**
   * Session settings, beside `jit` off and `LASTING_SETTINGS`. An empty `search_path` is the default; `{}` keeps the role's own, but
   * for its timeouts.
   */
  settings?: Readonly<Record<string, string>>;
}

/** A connection somebody must close. */
export interface OpenConnection {
  readonly client: Client;
  /** Never rejects, and never waits longer than two seconds. */
  close(): Promise<void>;
}

/**
 * The planner thinks our questions about the catalogue expensive, for want of statistics. Compiling one took a second of
 * processor time where answering it took milliseconds; scans and COPY gain nothing by it.
 */
const NO_COMPILATION = { jit: 'off' };

/**
 * Connects, works, and always ends the connection. What goes wrong with the database is thrown as an
 * `EngineError` (see `toEngineError`); other errors of `work` come through as they are.
 */
export async function withConnection<T>(
  address: DatabaseAddress,
  options: ConnectionOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(address, options);
  try {
    return await work(connection.client);
  } catch (error) {
    options.signal?.throwIfAborted();
    const place = { ...address, database: options.database ?? address.database };
    throw explained(error, place);
  } finally {
    await connection.close();
  }
}

/**
 * Connects for longer than one piece of work: the caller closes. Rejects with an `EngineError`, or
 * with `signal.reason`; an abort later on closes the socket, so that whatever waits on it rejects.
 */
export async function openConnection(address: DatabaseAddress, options: ConnectionOptions): Promise<OpenConnection> {
  const { signal } = options;
  const place = { ...address, database: options.database ?? address.database };
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    const startOptions = startOptionsFor(place);
    try {
      const connect = () => connectOnce(place, options, startOptions);
      // Whoever asks for another database of the server asks for one that is open.
      if (place.entrance === undefined || place.database !== address.database) return await connect();
      return await place.entrance.enter(connect, ({ client }) => backendPid(client));
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt === MOST_ATTEMPTS || !learnFromRefusal(place, startOptions, error)) throw toEngineError(error, place);
    }
  }
}

/** Rejects with the server's error; nothing is open then. */
async function connectOnce(
  place: DatabaseAddress,
  options: ConnectionOptions,
  startOptions: string,
): Promise<OpenConnection> {
  const { signal } = options;
  const client = new Client({
    host: place.host,
    port: place.port,
    database: place.database,
    user: place.user,
    // A function: an empty string would make the driver fall back to the service's own PGPASSWORD.
    password: () => place.password,
    ssl: nodeTls(place),
    connectionTimeoutMillis: options.timeoutMs ?? CONNECT_TIMEOUT_MS,
    application_name: options.applicationName ?? 'snapback',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...(startOptions !== '' && { options: startOptions }),
    ...(place.publicOnly === true && { stream: () => new PublicSocket() }),
  });
  // Without a listener a server that goes away between two queries would end this process. The next
  // query on the client rejects, so nothing is missed.
  let ended: unknown;
  client.on('error', (error) => (ended ??= error));
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) => {
    if (parameterName === 'server_version') learnVersion(place, parameterValue);
  });
  const hangUp = () => client.connection.stream.destroy();
  signal?.addEventListener('abort', hangUp, { once: true });
  const close = async () => {
    signal?.removeEventListener('abort', hangUp);
    const timer = setTimeout(hangUp, GOODBYE_MS);
    await client.end().catch(() => undefined);
    clearTimeout(timer);
  };
  try {
    await client.connect();
    const lasting = areComplete(startOptions) ? {} : LASTING_SETTINGS;
    await applySettings(client, { ...lasting, ...(options.settings ?? OWN_NAMES_ONLY) });
    return { client, close };
  } catch (error) {
    // What the server said with its goodbye, rather than that it is gone.
    const reason = ended ?? error;
    await close();
    throw reason;
  }
}

interface ParameterStatus {
  parameterName: string;
  parameterValue: string;
}

/** Connects to no address that is not public. */
class PublicSocket extends Socket {
  override connect(...given: unknown[]): this {
    const [port, host] = given as [number, string];
    if (isSpecialAddress(host)) return this.destroy(new AddressRefused(host));
    return super.connect({ port, host, lookup: publicLookup });
  }
}

/** Sets what the server knows and the role may set. Rejects with the server's error. */
export async function applySettings(client: Client, settings: Readonly<Record<string, string>>): Promise<void> {
  if (Object.keys(settings).length === 0) return;
  const wanted = { ...NO_COMPILATION, ...settings };
  // Not by way of the view of all settings: filling that takes a server longer than connecting does.
  await client.query(
    `SELECT pg_catalog.set_config(wanted.name, wanted.value, false)
     FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS wanted (name, value)
     WHERE pg_catalog.current_setting(wanted.name, true) IS NOT NULL
       AND (wanted.name OPERATOR(pg_catalog.<>) ALL ($3::pg_catalog.text[])
         OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) CURRENT_USER))`,
    [Object.keys(wanted), Object.values(wanted), OF_SUPERUSERS],
  );
}

/** The process id of the session. Rejects with the server's error. */
export async function backendPid(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]!.pid;
}
