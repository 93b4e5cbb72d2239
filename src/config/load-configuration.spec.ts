import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import { Configuration } from './configuration.js';
import { loadConfiguration } from './load-configuration.js';

const SECRET = 'a-secret-that-nobody-may-ever-see-in-a-message';
const KEY = Buffer.alloc(32, 7).toString('base64');
const DATABASE_URL = 'postgres://snapback:hunter2@db.internal/snapback';

describe('loadConfiguration', () => {
  it('has a default for everything a laptop needs', () => {
    const configuration = loadConfiguration({});
    expect(configuration).toBeInstanceOf(Configuration);
    expect({ ...configuration }).toEqual({ ...new Configuration() });
  });

  it('takes known variables only', () => {
    expect(loadConfiguration({ HOME: '/root', toString: 'x', constructor: 'y' })).not.toHaveProperty('HOME');
  });

  it('parses numbers, lists and booleans', () => {
    const configuration = loadConfiguration({
      PORT: '0',
      FILESTORE_ROOTS: '/srv/a: /srv/b :',
      DATABASE_HOSTS: 'db.internal,*.eu',
      DOCS_ENABLED: 'false',
    });
    expect(configuration.PORT).toBe(0);
    expect(configuration.FILESTORE_ROOTS).toEqual(['/srv/a', '/srv/b']);
    expect(configuration.DATABASE_HOSTS).toEqual(['db.internal', '*.eu']);
    expect(configuration.DOCS_ENABLED).toBe(false);
  });

  it('takes an empty variable as unset', () => {
    const configuration = loadConfiguration({ PORT: '', DATABASE_URL: '', WORKER_POOLS: '', DOCS_ENABLED: '' });
    expect(configuration.PORT).toBe(3000);
    expect(configuration.DATABASE_URL).toBeUndefined();
    expect(configuration.WORKER_POOLS).toEqual(['default']);
    expect(configuration.DOCS_ENABLED).toBe(true);
  });

  it.each([
    [{ PORT: '99999' }, 'PORT must not be greater than 65535 (it is "99999").'],
    [{ PORT: '80a' }, 'PORT must be an integer number (it is "80a").'],
    [{ PORT: '1.5' }, 'PORT must be an integer number (it is "1.5").'],
    [{ ROLE: 'both' }, 'ROLE must be one of the following values: api, worker, all (it is "both").'],
    [{ DOCS_ENABLED: 'maybe' }, 'DOCS_ENABLED must be a boolean value (it is "maybe").'],
    [{ FILESTORE_ROOTS: '/a:b' }, 'FILESTORE_ROOTS must be absolute paths separated by ":" (it is "/a:b").'],
    [{ WORKER_POOLS: 'Big' }, 'WORKER_POOLS must be names of lower-case letters, digits and "-" (it is "Big").'],
    [
      { RETENTION_CRON: '61 3 * * *' },
      'RETENTION_CRON must be a cron expression like "0 3 * * *" (it is "61 3 * * *").',
    ],
    [
      { RETENTION_CRON: '0 0 30 2 *' },
      'RETENTION_CRON must be a cron expression like "0 3 * * *" (it is "0 0 30 2 *").',
    ],
    [
      { JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://id.example/keys' },
      'JWT_SECRET and JWT_JWKS_URL are both set; keep the one that tokens are checked with.',
    ],
    [{ DATABASE_URL, CREDENTIALS_KEY: KEY }, 'JWT_SECRET or JWT_JWKS_URL is required when DATABASE_URL is set.'],
    [
      { DATABASE_URL, JWT_SECRET: SECRET },
      'CREDENTIALS_KEY is required when DATABASE_URL is set; "openssl rand -base64 32" makes one.',
    ],
    [
      { DATABASE_URL, JWT_SECRET: SECRET, CREDENTIALS_KEY: KEY },
      'VAULT_MASTER_KEY or VAULT_MASTER_KEY_FILE is required when DATABASE_URL is set; "openssl rand -base64 32" makes a key. Keep a copy: without it no snapshot can be read.',
    ],
    [
      { VAULT_MASTER_KEY: KEY, VAULT_MASTER_KEY_FILE: '/run/secrets/vault' },
      'VAULT_MASTER_KEY and VAULT_MASTER_KEY_FILE are both set; keep one of them.',
    ],
    [{ CONSOLE_OIDC_CLIENT_ID: 'console' }, 'CONSOLE_OIDC_ISSUER is required when CONSOLE_OIDC_CLIENT_ID is set.'],
    [{ CONSOLE_OIDC_AUDIENCE: 'snapback' }, 'CONSOLE_OIDC_ISSUER is required when CONSOLE_OIDC_AUDIENCE is set.'],
    [
      { CONSOLE_OIDC_ISSUER: 'https://id.example' },
      'CONSOLE_OIDC_CLIENT_ID is required when CONSOLE_OIDC_ISSUER is set.',
    ],
    [
      { CONSOLE_OIDC_ISSUER: 'https://id.example', CONSOLE_OIDC_CLIENT_ID: 'console' },
      'JWT_JWKS_URL is required when CONSOLE_OIDC_ISSUER is set; it says where the keys are that its tokens are checked with.',
    ],
    ...['http://id.example', 'https://id.example/?a=b', 'https://root:pw@id.example'].map(
      (CONSOLE_OIDC_ISSUER): [NodeJS.ProcessEnv, string] => [
        { CONSOLE_OIDC_ISSUER, CONSOLE_OIDC_CLIENT_ID: 'console', JWT_JWKS_URL: 'https://id.example/keys' },
        'CONSOLE_OIDC_ISSUER must be a URL without user, query and fragment, with https, or with http on this machine.',
      ],
    ),
    [
      { CONSOLE_OIDC_SCOPE: 'profile email' },
      'CONSOLE_OIDC_SCOPE must be scopes separated by spaces, "openid" among them (it is "profile email").',
    ],
    [{ TRUST_PROXY: '10.0.0.0/33' }, 'TRUST_PROXY names no address or network: "10.0.0.0/33".'],
    [{ TRUST_PROXY: 'loopback, 10.0.0' }, 'TRUST_PROXY names no address or network: "10.0.0".'],
    [
      { HEADERS_TIMEOUT_SECONDS: '61' },
      'HEADERS_TIMEOUT_SECONDS is longer than REQUEST_TIMEOUT_SECONDS; headers are a part of the request.',
    ],
    [{ JWT_JWKS_URL: 'https://' }, 'JWT_JWKS_URL is no URL that can be read; percent-encode special characters in it.'],
    [
      { VAULT_S3_ENDPOINT: 'http://s3:99999' },
      'VAULT_S3_ENDPOINT is no URL that can be read; percent-encode special characters in it.',
    ],
    [
      { VAULT_PATH: '/srv/vault', VAULT_S3_BUCKET: 'vault' },
      'VAULT_PATH and VAULT_S3_BUCKET are both set; keep the one that holds the vault.',
    ],
  ])('refuses %j in one sentence', (env, sentence) => {
    expect(() => loadConfiguration(env)).toThrow(new ConfigurationError(sentence));
  });

  it.each([
    { JWT_SECRET: 'too-short' },
    { CREDENTIALS_KEY: 'not-a-key' },
    { VAULT_MASTER_KEY: 'not-a-master-key' },
    { DATABASE_URL: 'mysql://root:pw@db' },
    { DATABASE_URL: 'postgres://root:p[w@[db/x' },
    { VAULT_S3_ENDPOINT: 's3://root:pw@store' },
    { JWT_JWKS_URL: 'ftp://root:pw@keys' },
    { CONSOLE_OIDC_ISSUER: 'ftp://root:pw@id' },
  ])('never repeats a secret: %j', (env) => {
    const [name, value] = Object.entries(env)[0] ?? ['', ''];
    expect(() => loadConfiguration(env)).toThrow(ConfigurationError);
    expect(() => loadConfiguration(env)).toThrow(name);
    expect(() => loadConfiguration(env)).not.toThrow(value);
  });

  it('cuts a long wrong value short', () => {
    expect(() => loadConfiguration({ LOG_LEVEL: 'x'.repeat(10_000) })).toThrow(/^.{1,200}$/);
  });

  it('accepts a database of one’s own with its secrets, or with an identity provider', () => {
    const own = { DATABASE_URL, CREDENTIALS_KEY: KEY, VAULT_MASTER_KEY: KEY };
    expect(loadConfiguration({ ...own, JWT_SECRET: SECRET }).JWT_SECRET).toBe(SECRET);
    expect(loadConfiguration({ ...own, JWT_JWKS_URL: 'https://id.example/keys' }).JWT_JWKS_URL).toBeDefined();
  });

  it('accepts a provider for the console whose tokens it can check', () => {
    const provider = { CONSOLE_OIDC_CLIENT_ID: 'console', JWT_JWKS_URL: 'https://id.example/keys' };
    for (const CONSOLE_OIDC_ISSUER of ['https://id.example/realms/a', 'http://127.0.0.1:8080/', 'http://[::1]:1']) {
      const configuration = loadConfiguration({
        ...provider,
        CONSOLE_OIDC_ISSUER,
        CONSOLE_OIDC_SCOPE: 'openid offline_access api://x/.default',
      });
      expect(configuration.CONSOLE_OIDC_ISSUER).toBe(CONSOLE_OIDC_ISSUER);
    }
  });
});
