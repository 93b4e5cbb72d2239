import { EngineError } from '../../engine/engine-error.js';
import type { DatabaseAddress, TlsMode } from '../../engine/postgres/connection/database-address.js';
import { isHost } from './database-hosts.js';

/** What libpq would let a parameter of the URL override. Taking the host from there would be a way past every check of it. */
const OVERRIDES = ['host', 'hostaddr', 'port', 'user', 'password', 'dbname', 'service', 'options'];

const tlsModes = new Map<string, TlsMode>([
  ['disable', 'disable'],
  ['require', 'require'],
  // Its check of the certificate without the host name is not offered; the stricter mode includes it.
  ['verify-ca', 'verify-full'],
  ['verify-full', 'verify-full'],
]);

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`; user, password and database may be
 * percent-encoded. Without a port it is 5432, without `sslmode` TLS is off, other parameters are left
 * out of account. Throws an `EngineError` that names the part that is wrong, and never holds the URL: the
 * password is in it.
 */
export function parseConnectionUrl(text: string): DatabaseAddress {
  // URL() would drop line breaks silently and join what stood on two lines.
  if (/\s/.test(text)) throw refusal('contains white space; percent-encode it');
  if (!/^postgres(ql)?:\/\//.test(text)) throw refusal('does not begin with postgres://');
  const url = parse(text);
  if (url.hash !== '') throw refusal('contains "#"; percent-encode it as %23');
  const overridden = OVERRIDES.find((name) => url.searchParams.has(name));
  if (overridden) throw refusal(`has the parameter "${overridden}"; give it before the "?" instead`);
  return {
    host: hostOf(url),
    port: portOf(url),
    database: databaseOf(url),
    user: decoded('name of the role', url.username),
    password: url.password === '' ? '' : decoded('password', url.password),
    tls: tlsOf(url.searchParams),
  };
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    // The cause is left out: it carries the whole URL.
    throw refusal('cannot be read; percent-encode special characters in user and password');
  }
}

function hostOf(url: URL): string {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw refusal('names no host');
  if (!isHost(host)) throw refusal('must name one host, by its name or address');
  return host;
}

function databaseOf(url: URL): string {
  const name = url.pathname.slice(1);
  // With "/" in an unencoded password the rest of it would be taken for the name, and shown.
  if (/[/@]/.test(name)) throw refusal('has a second "/" or "@" after the host; percent-encode it');
  return decoded('name of the database', name);
}

function portOf(url: URL): number {
  if (url.port === '0') throw refusal('names port 0');
  return url.port === '' ? 5432 : Number(url.port);
}

function decoded(part: string, text: string): string {
  if (text === '') throw refusal(`has no ${part}`);
  let value: string;
  try {
    value = decodeURIComponent(text);
  } catch {
    throw refusal(`has a ${part} that is not correctly percent-encoded`);
  }
  if (value.includes('\0')) throw refusal(`has a NUL character in the ${part}`);
  return value;
}

function tlsOf(parameters: URLSearchParams): TlsMode {
  const mode = parameters.getAll('sslmode').at(-1);
  if (mode === undefined) return tlsOfFlag(parameters.get('ssl'));
  const tls = tlsModes.get(mode);
  // "prefer" and "allow" fall back to plain text when somebody in between says so.
  if (tls === undefined) throw refusal('has an sslmode other than disable, require and verify-full');
  return tls;
}

/** Drivers understand `ssl=true` as "check the certificate". */
function tlsOfFlag(flag: string | null): TlsMode {
  return flag === 'true' || flag === '1' ? 'verify-full' : 'disable';
}

function refusal(reason: string): EngineError {
  return new EngineError('database-unreachable', `The connection URL ${reason}.`);
}
