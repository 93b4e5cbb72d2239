import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration-error.js';
import { generatedSecret } from './generated-secret.js';

describe('generatedSecret', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'snapback-secret-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('makes 32 bytes once, readable by their owner only, and leaves nothing else behind', async () => {
    const dataDir = join(directory, 'data');
    const secrets = await Promise.all(Array.from({ length: 8 }, () => generatedSecret(dataDir, 'jwt-secret')));
    expect(new Set(secrets).size).toBe(1);
    expect(Buffer.from(secrets[0] ?? '', 'base64')).toHaveLength(32);
    expect(await generatedSecret(dataDir, 'jwt-secret')).toBe(secrets[0]);
    expect(await readdir(dataDir)).toEqual(['jwt-secret']);
    expect((await stat(join(dataDir, 'jwt-secret'))).mode & 0o777).toBe(0o600);
  });

  it('makes a different one for another name', async () => {
    expect(await generatedSecret(directory, 'a')).not.toBe(await generatedSecret(directory, 'b'));
  });

  it('refuses a file that holds something else, without repeating it', async () => {
    await writeFile(join(directory, 'cut'), 'half-a-secr');
    await expect(generatedSecret(directory, 'cut')).rejects.toThrow(ConfigurationError);
    await expect(generatedSecret(directory, 'cut')).rejects.not.toThrow('half-a-secr');
  });
});
