import type { DatabaseAddress } from './database-address.js';
import { LASTING_SETTINGS, programOptions } from './session-settings.js';

/** Servers whose options are remembered; more than anybody has environments on. */
const KNOWN_SERVERS = 1_000;
/** What every server we can work with knows. */
const FOR_ANY_SERVER = programOptions(LASTING_SETTINGS, 0);
/** A pooler that takes no options, by the codes with which PgBouncer and proxies of clouds say so. */
const REFUSES_OPTIONS: ReadonlySet<string> = new Set(['08P01', '0A000']);
/** The server is an older one than it was: there is a setting it does not know. */
const UNKNOWN_SETTING = '42704';
/** It ended us by one of the settings, before we could say anything. */
const ENDED_BY_TIMEOUT: ReadonlySet<string> = new Set(['57P05', '25P04', '25P03', '57014']);

/**
 * What a session is started with, so that a role's own timeouts do not hold even for its first statement, and `RESET ALL` does
 * not bring them back. Which settings a server knows is learned from the first connection to it: one that is not known would be
 * refused.
 */
const known = new Map<string, string>();

export function startOptionsFor({ host, port }: DatabaseAddress): string {
  return known.get(`${host}:${port}`) ?? FOR_ANY_SERVER;
}

/** Whether all that can be said with these options is said with them. */
export function areComplete(options: string): boolean {
  return options !== '' && options !== FOR_ANY_SERVER;
}

/** Remembers a server by the version it has told, such as `17.2 (Debian 17.2-1)`; not one that takes no options. */
export function learnVersion({ host, port }: DatabaseAddress, version: string): void {
  const major = Number.parseInt(version, 10);
  if (!Number.isInteger(major) || startOptionsFor({ host, port } as DatabaseAddress) === '') return;
  remember(`${host}:${port}`, programOptions(LASTING_SETTINGS, major));
}

/** Whether it is worth another try, with what is to be said to the server by now: other options than `tried`. */
export function learnFromRefusal(address: DatabaseAddress, tried: string, error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  const server = `${address.host}:${address.port}`;
  if (typeof code !== 'string') return false;
  if (REFUSES_OPTIONS.has(code) && tried !== '') remember(server, '');
  else if (code === UNKNOWN_SETTING && areComplete(tried)) known.delete(server);
  else if (!ENDED_BY_TIMEOUT.has(code)) return false;
  return startOptionsFor(address) !== tried;
}

function remember(server: string, options: string): void {
  known.delete(server);
  known.set(server, options);
  const oldest = known.keys().next().value;
  if (known.size > KNOWN_SERVERS && oldest !== undefined) known.delete(oldest);
}
