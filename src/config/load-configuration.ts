import { isIP } from 'node:net';
import { nextRun } from '../calendar/cron-rule.js';
import { ConfigurationError } from './configuration-error.js';
import type { Configuration } from './configuration.js';
import { isPrivateUrl } from './loopback.js';
import { parseConfiguration } from './parse-configuration.js';

/**
 * Reads the whole configuration from the environment and checks that its parts fit together.
 * Without DATABASE_URL the service makes the secrets it was not given (`generatedSecret`), so that
 * they may be missing here.
 *
 * Throws `ConfigurationError` for the first thing that is wrong.
 */
export function loadConfiguration(env: NodeJS.ProcessEnv): Configuration {
  const configuration = parseConfiguration(env);
  checkUrls(configuration);
  checkTokenKeys(configuration);
  checkConsole(configuration);
  checkOwnDatabase(configuration);
  checkVault(configuration);
  checkReplica(configuration);
  checkSchedule(configuration);
  checkProxies(configuration);
  checkTimes(configuration);
  return configuration;
}

/** None of them is repeated: there may be a password in it. */
function checkUrls(configuration: Configuration): void {
  const { DATABASE_URL, VAULT_S3_ENDPOINT, REPLICA_S3_ENDPOINT, JWT_JWKS_URL, CONSOLE_OIDC_ISSUER } = configuration;
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = configuration;
  const ofTraces = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT };
  const ofProvider = { JWT_JWKS_URL, CONSOLE_OIDC_ISSUER };
  const ofStores = { VAULT_S3_ENDPOINT, REPLICA_S3_ENDPOINT };
  for (const [name, url] of Object.entries({ DATABASE_URL, ...ofStores, ...ofProvider, ...ofTraces })) {
    if (url === undefined || URL.canParse(url)) continue;
    throw new ConfigurationError(`${name} is no URL that can be read; percent-encode special characters in it.`);
  }
}

function checkTokenKeys({ JWT_SECRET, JWT_JWKS_URL }: Configuration): void {
  if (JWT_SECRET !== undefined && JWT_JWKS_URL !== undefined) {
    throw new ConfigurationError(
      'JWT_SECRET and JWT_JWKS_URL are both set; keep the one that tokens are checked with.',
    );
  }
}

/** What the console is given by the provider, the service has to take; and it is given nothing over a network without TLS. */
function checkConsole(configuration: Configuration): void {
  const { CONSOLE_OIDC_ISSUER, CONSOLE_OIDC_CLIENT_ID, CONSOLE_OIDC_AUDIENCE, JWT_JWKS_URL } = configuration;
  if (CONSOLE_OIDC_ISSUER === undefined) {
    const alone = Object.entries({ CONSOLE_OIDC_CLIENT_ID, CONSOLE_OIDC_AUDIENCE }).find(([, value]) => value);
    if (alone === undefined) return;
    throw new ConfigurationError(`CONSOLE_OIDC_ISSUER is required when ${alone[0]} is set.`);
  }
  if (CONSOLE_OIDC_CLIENT_ID === undefined)
    throw new ConfigurationError('CONSOLE_OIDC_CLIENT_ID is required when CONSOLE_OIDC_ISSUER is set.');
  const { username, search, hash } = new URL(CONSOLE_OIDC_ISSUER);
  if (!isPrivateUrl(new URL(CONSOLE_OIDC_ISSUER)) || username + search + hash !== '') {
    throw new ConfigurationError(
      'CONSOLE_OIDC_ISSUER must be a URL without user, query and fragment, with https, or with http on this machine.',
    );
  }
  if (JWT_JWKS_URL === undefined) {
    throw new ConfigurationError(
      'JWT_JWKS_URL is required when CONSOLE_OIDC_ISSUER is set; it says where the keys are that its tokens are checked with.',
    );
  }
}

/** With a database of one's own there may be many processes: secrets made by one would be unknown to the others. */
function checkOwnDatabase({ DATABASE_URL, JWT_SECRET, JWT_JWKS_URL, CREDENTIALS_KEY }: Configuration): void {
  if (DATABASE_URL === undefined) return;
  if (JWT_SECRET === undefined && JWT_JWKS_URL === undefined) {
    throw new ConfigurationError('JWT_SECRET or JWT_JWKS_URL is required when DATABASE_URL is set.');
  }
  if (CREDENTIALS_KEY === undefined) {
    throw new ConfigurationError(
      'CREDENTIALS_KEY is required when DATABASE_URL is set; "openssl rand -base64 32" makes one.',
    );
  }
}

function checkVault(configuration: Configuration): void {
  const { VAULT_PATH, VAULT_S3_BUCKET, VAULT_S3_LOCK_DAYS } = configuration;
  const { VAULT_MASTER_KEY, VAULT_MASTER_KEY_FILE, DATABASE_URL } = configuration;
  if (VAULT_PATH !== undefined && VAULT_S3_BUCKET !== undefined) {
    throw new ConfigurationError('VAULT_PATH and VAULT_S3_BUCKET are both set; keep the one that holds the vault.');
  }
  if (VAULT_S3_LOCK_DAYS !== undefined && VAULT_S3_BUCKET === undefined) throw noLocks('VAULT');
  if (VAULT_MASTER_KEY !== undefined && VAULT_MASTER_KEY_FILE !== undefined) {
    throw new ConfigurationError('VAULT_MASTER_KEY and VAULT_MASTER_KEY_FILE are both set; keep one of them.');
  }
  if (DATABASE_URL !== undefined && VAULT_MASTER_KEY === undefined && VAULT_MASTER_KEY_FILE === undefined) {
    throw new ConfigurationError(
      'VAULT_MASTER_KEY or VAULT_MASTER_KEY_FILE is required when DATABASE_URL is set; "openssl rand -base64 32" makes a key. Keep a copy: without it no snapshot can be read.',
    );
  }
}

function checkReplica(configuration: Configuration): void {
  const { REPLICA_DIRECTORY, REPLICA_S3_BUCKET, REPLICA_S3_ACCESS_KEY_ID, REPLICA_S3_SECRET_ACCESS_KEY } =
    configuration;
  if (REPLICA_DIRECTORY !== undefined && REPLICA_S3_BUCKET !== undefined) {
    throw new ConfigurationError(
      'REPLICA_DIRECTORY and REPLICA_S3_BUCKET are both set; keep the one that the replica is in.',
    );
  }
  if (configuration.REPLICA_S3_LOCK_DAYS !== undefined && REPLICA_S3_BUCKET === undefined) throw noLocks('REPLICA');
  if ((REPLICA_S3_ACCESS_KEY_ID === undefined) !== (REPLICA_S3_SECRET_ACCESS_KEY === undefined)) {
    throw new ConfigurationError('Set both of REPLICA_S3_ACCESS_KEY_ID and REPLICA_S3_SECRET_ACCESS_KEY, or neither.');
  }
}

/** Whoever sets it relies on it. */
function noLocks(prefix: string): ConfigurationError {
  return new ConfigurationError(
    `${prefix}_S3_LOCK_DAYS is set, and ${prefix}_S3_BUCKET is not: only a bucket with Object Lock can lock what is in it. Name one, or unset it.`,
  );
}

/** Asks for the next run as well: "0 0 30 2 *" can be read and never comes. */
function checkSchedule({ RETENTION_CRON }: Configuration): void {
  try {
    if (nextRun({ cron: RETENTION_CRON, timeZone: 'UTC' }, new Date()) === null) throw new Error('It never comes.');
  } catch (cause) {
    const shown = JSON.stringify(RETENTION_CRON);
    throw new ConfigurationError(`RETENTION_CRON must be a cron expression like "0 3 * * *" (it is ${shown}).`, {
      cause,
    });
  }
}

/** What Express would refuse with a stack instead of a sentence. */
function checkProxies({ TRUST_PROXY }: Configuration): void {
  for (const place of TRUST_PROXY) {
    if (/^[a-z]+$/.test(place)) continue;
    const [address = '', bits] = place.split('/', 2);
    const kind = isIP(address);
    const most = kind === 4 ? 32 : 128;
    if (kind !== 0 && (bits === undefined || Number(bits) <= most)) continue;
    throw new ConfigurationError(`TRUST_PROXY names no address or network: ${JSON.stringify(place)}.`);
  }
}

/** Node would take the shorter of both for the headers. */
function checkTimes({ HEADERS_TIMEOUT_SECONDS, REQUEST_TIMEOUT_SECONDS }: Configuration): void {
  if (HEADERS_TIMEOUT_SECONDS <= REQUEST_TIMEOUT_SECONDS) return;
  throw new ConfigurationError(
    'HEADERS_TIMEOUT_SECONDS is longer than REQUEST_TIMEOUT_SECONDS; headers are a part of the request.',
  );
}
