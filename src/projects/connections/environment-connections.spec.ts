import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Configuration } from '../../config/configuration.js';
import { EngineError } from '../../engine/engine-error.js';
import { EnvironmentConnections } from './environment-connections.js';
import type { Located } from './environment-connections.js';
import { DEFAULT_ORGANIZATION, TrustDomains } from '../../trust-domains/trust-domains.js';
import { SecretBox } from './secret-box.js';

const ID = '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';
const URL_TEXT = 'postgres://shop:hidden@db.internal:6432/shop?sslmode=require';
const direct = { host: 'db.internal', port: 6432, database: 'shop', user: 'shop', tls: 'require' } as const;
const box = SecretBox.withKey(randomBytes(32).toString('base64'));

let scratch: string;

beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'connections-')));
  await mkdir(join(scratch, 'secrets/shop/..data'), { recursive: true });
  await mkdir(join(scratch, 'roots/shop'), { recursive: true });
  await mkdir(join(scratch, 'elsewhere'));
  await writeFile(join(scratch, 'secrets/shop/..data/url'), `${URL_TEXT}\n`);
  await symlink('..data/url', join(scratch, 'secrets/shop/url'));
  await writeFile(join(scratch, 'secrets/full'), URL_TEXT.padEnd(4096));
  await writeFile(join(scratch, 'secrets/large'), URL_TEXT.padEnd(4097));
  await writeFile(join(scratch, 'secrets/empty'), '\n');
  await writeFile(join(scratch, 'elsewhere/url'), URL_TEXT);
  await symlink('../elsewhere/url', join(scratch, 'secrets/leak'));
  await symlink('../elsewhere', join(scratch, 'secrets/leaking'));
});

afterAll(() => rm(scratch, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

function connections(changes: Partial<Configuration> = {}): EnvironmentConnections {
  const places = {
    SECRETS_ROOT: join(scratch, 'secrets'),
    FILESTORE_ROOTS: [join(scratch, 'roots')],
    DATABASE_HOSTS: [direct.host, '*'],
  };
  const domains = TrustDomains.of(Object.assign(new Configuration(), places, changes));
  return new EnvironmentConnections({ of: async () => domains.placesOf(DEFAULT_ORGANIZATION) }, box);
}

function environment(changes: Partial<Located>): Located {
  return { id: ID, projectId: ID, database: null, databasePassword: null, filestorePath: null, ...changes };
}

async function refusal(attempt: Promise<unknown>): Promise<EngineError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  const { message } = error as EngineError;
  expect(message).not.toContain('hidden');
  return error as EngineError;
}

describe('a direct connection', () => {
  it('comes with its password opened', async () => {
    const databasePassword = box.seal('hidden', ID);
    const { database } = await connections().resolve(environment({ database: direct, databasePassword }));
    expect(database).toEqual({ ...direct, password: 'hidden' });
  });

  it('has an empty password when none is stored', async () => {
    const { database } = await connections().resolve(environment({ database: direct }));
    expect(database?.password).toBe('');
  });

  it('is refused with a sentence when its password was sealed for another environment', async () => {
    const databasePassword = box.seal('hidden', 'another');
    const error = await refusal(connections().resolve(environment({ database: direct, databasePassword })));
    expect(error).toMatchObject({ code: 'database-authentication-failed' });
    expect(error.message).toContain('CREDENTIALS_KEY');
  });

  it('may lead to other machines only when its host was not allowed by its name', async () => {
    for (const allowed of ['*', '*.internal']) {
      const { database } = await connections({ DATABASE_HOSTS: [allowed] }).resolve(environment({ database: direct }));
      expect(database).toMatchObject({ host: 'db.internal', publicOnly: true });
    }
  });

  it('is refused when its host is not allowed any more', async () => {
    const limited = connections({ DATABASE_HOSTS: ['*.example.com'] });
    const error = await refusal(limited.resolve(environment({ database: direct })));
    expect(error.message).toContain('DATABASE_HOSTS');
  });
});

describe('a variable', () => {
  const env = 'ENVIRONMENT_SHOP_URL';

  it('is read at each use', async () => {
    vi.stubEnv(env, URL_TEXT);
    const shop = environment({ database: { env } });
    expect((await connections().resolve(shop)).database).toEqual({ ...direct, password: 'hidden' });
    vi.stubEnv(env, URL_TEXT.replace('db.internal', 'db2.internal'));
    expect((await connections().resolve(shop)).database?.host).toBe('db2.internal');
  });

  it('cannot lead to a host that is not allowed', async () => {
    vi.stubEnv(env, URL_TEXT);
    const limited = connections({ DATABASE_HOSTS: ['other.internal'] });
    expect((await refusal(limited.resolve(environment({ database: { env } })))).message).toContain('DATABASE_HOSTS');
  });

  it('cannot name an allowed host and mean another', async () => {
    vi.stubEnv(env, URL_TEXT.replace('?', '?host=elsewhere&'));
    const limited = connections({ DATABASE_HOSTS: ['db.internal'] });
    expect((await refusal(limited.resolve(environment({ database: { env } })))).message).toContain('"host"');
  });

  it('is named when it is not set', async () => {
    const error = await refusal(connections().resolve(environment({ database: { env: 'ENVIRONMENT_NOWHERE' } })));
    expect(error.message).toContain('ENVIRONMENT_NOWHERE is not set');
  });

  it("cannot be one of the service's own", async () => {
    vi.stubEnv('DATABASE_URL', URL_TEXT);
    const error = await refusal(connections().resolve(environment({ database: { env: 'DATABASE_URL' } })));
    expect(error.message).toContain('none of those that hold connection URLs');
  });
});

describe('a file', () => {
  it.each(['shop/url', 'full', './shop//url'])('%s is read', async (file) => {
    const { database } = await connections().resolve(environment({ database: { file } }));
    expect(database).toEqual({ ...direct, password: 'hidden' });
  });

  it.each([
    ['leak', 'leads outside of SECRETS_ROOT'],
    ['leaking/url', 'leads outside of SECRETS_ROOT'],
    ['../elsewhere/url', 'leads outside of SECRETS_ROOT'],
    ['/etc/passwd', 'leads outside of SECRETS_ROOT'],
    ['.', 'leads outside of SECRETS_ROOT'],
    ['shop', 'is not a regular file'],
    ['nowhere', 'does not exist below SECRETS_ROOT'],
    ['shop\0', 'leads outside of SECRETS_ROOT'],
    ['large', 'is larger than 4096 bytes'],
    ['empty', 'is empty'],
  ])('%j is refused: %s', async (file, reason) => {
    const error = await refusal(connections().resolve(environment({ database: { file } })));
    expect(error.message).toContain(reason);
  });

  it('is refused when there is no SECRETS_ROOT', async () => {
    const without = connections({ SECRETS_ROOT: undefined });
    const error = await refusal(without.resolve(environment({ database: { file: 'shop/url' } })));
    expect(error.message).toContain('SECRETS_ROOT is not set');
  });
});

describe('a filestore', () => {
  it('is given by its real path', async () => {
    await symlink('shop', join(scratch, 'roots/alias'));
    const { filestore, database } = await connections().resolve(
      environment({ filestorePath: join(scratch, 'roots/alias') }),
    );
    expect(filestore).toBe(join(scratch, 'roots/shop'));
    expect(database).toBeUndefined();
  });

  it('is refused once a symbolic link leads out of the roots, although it was accepted before', async () => {
    const path = join(scratch, 'roots/moved');
    await symlink('shop', path);
    expect((await connections().resolve(environment({ filestorePath: path }))).filestore).toBeDefined();
    await unlink(path);
    await symlink('../elsewhere', path);
    const error = await refusal(connections().resolve(environment({ filestorePath: path })));
    expect(error.code).toBe('filestore-outside-roots');
  });
});
