import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatedSecret } from '../../config/generated-secret.js';
import { parseConfiguration } from '../../config/parse-configuration.js';
import { JWT_SECRET_FILE, signingSecret } from './signing-secret.js';

describe('signingSecret', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'snapback-signing-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('is JWT_SECRET when it is set', async () => {
    const secret = 'x'.repeat(32);
    await expect(signingSecret(parseConfiguration({ JWT_SECRET: secret }))).resolves.toBe(secret);
  });

  it('is the one the service made for itself otherwise', async () => {
    const made = await generatedSecret(directory, JWT_SECRET_FILE);
    await expect(signingSecret(parseConfiguration({ DATA_DIR: directory }))).resolves.toBe(made);
  });

  it.each([
    [{ JWT_JWKS_URL: 'https://id.example/keys' }, 'ask it for one'],
    [{ DATABASE_URL: 'postgres://db/snapback' }, 'JWT_SECRET must be'],
    [{ DATA_DIR: '/nowhere' }, 'There is no secret in /nowhere/jwt-secret yet'],
  ])('says what to do for %j', async (env, sentence) => {
    await expect(signingSecret(parseConfiguration(env))).rejects.toThrow(sentence);
  });
});
