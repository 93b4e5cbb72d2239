import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/config/configuration-error.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { openVaultOfService } from '../../src/vault-access/vault-access.js';
import { MasterKey } from '../../src/vault/keys/master-key.js';
import { rotateProjectKeys } from '../../src/vault/keys/rotate-project-keys.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';

let setting: ServiceSetting;

beforeAll(async () => {
  setting = await createServiceSetting();
});

afterAll(() => setting.remove());

const open = (env: NodeJS.ProcessEnv) => openVaultOfService(loadConfiguration({ ...setting.env, ...env }));
const project = '6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01';

async function directoryWith(name: string, file: string, text: string): Promise<string> {
  const directory = join(setting.directory, name);
  await mkdir(join(directory, file, '..'), { recursive: true });
  await writeFile(join(directory, file), text);
  return directory;
}

describe('opening the vault', () => {
  it('takes the master key from a file, too', async () => {
    const file = join(setting.directory, 'master-key');
    await writeFile(file, `${randomBytes(32).toString('base64')}\n`);
    const access = await open({
      VAULT_MASTER_KEY: '',
      VAULT_MASTER_KEY_FILE: file,
      VAULT_PATH: join(setting.directory, 'of-a-file'),
    });
    await expect(access.vault.probe()).resolves.toBeUndefined();
    await access.close();
  });

  it('does not need a bucket that answers at this moment', async () => {
    const access = await open({ VAULT_S3_BUCKET: 'nobody', VAULT_S3_ENDPOINT: 'http://127.0.0.1:1', VAULT_PATH: '' });
    expect(access.masterKey.id).toMatch(/^[0-9a-f]{16}$/);
    await access.close();
  });

  it('fails with a sentence of its own when the project was made with another master key', async () => {
    const path = { VAULT_PATH: join(setting.directory, 'two-keys') };
    const header = { snapshotId: project, createdAt: new Date().toISOString(), tools: {} };
    const first = await open(path);
    await (await first.vault.beginCapture(project, header)).discard();
    await first.close();
    const second = open({ ...path, VAULT_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') });
    await expect(second).rejects.toMatchObject({
      code: 'wrong-master-key',
      message: expect.stringContaining('VAULT_MASTER_KEY: '),
    });
  });

  it('is possible with the old key and with the new one while the keys of projects are wrapped anew', async () => {
    const path = { VAULT_PATH: join(setting.directory, 'half-rotated') };
    const renewed = { VAULT_MASTER_KEY: Buffer.alloc(32, 9).toString('base64') };
    const first = await open(path);
    for (const id of [project, project.replace(/^6/, '7')]) {
      const header = { snapshotId: id, createdAt: new Date().toISOString(), tools: {} };
      await (await first.vault.beginCapture(id, header)).discard();
    }
    // Killed after the first of two.
    const stop = new AbortController();
    const after = Object.assign(Object.create(first.backend) as typeof first.backend, {
      replace: (key: string, bytes: Buffer) => first.backend.replace(key, bytes).then(() => stop.abort()),
    });
    const rotation = rotateProjectKeys(after, first.masterKey, MasterKey.fromBase64(renewed.VAULT_MASTER_KEY), {
      signal: stop.signal,
    });
    await expect(rotation).rejects.toMatchObject({ name: 'AbortError' });
    await first.close();
    for (const key of [{}, renewed]) await (await open({ ...path, ...key })).close();
  });

  it.each([
    [
      'a key file that is not there',
      { VAULT_MASTER_KEY: '', VAULT_MASTER_KEY_FILE: '/nowhere/key' },
      'VAULT_MASTER_KEY_FILE',
    ],
    ['a directory that is a file', { VAULT_PATH: '/etc/passwd' }, '/etc/passwd'],
  ])('refuses %s in a sentence that names it', async (_, env, named) => {
    const error = await open(env).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(named);
  });

  it.each([
    ['of the first version', `${project}/objects/ab/abcd`, 'chunk'],
    ['of a version to come', 'format.json', '{"format":"snapback-vault/3"}'],
    ['whose format file is damaged', 'format.json', '{"format":"snapb'],
  ])('refuses a vault %s', async (name, file, text) => {
    const path = await directoryWith(name.replaceAll(' ', '-'), file, text);
    await expect(open({ VAULT_PATH: path })).rejects.toThrow(ConfigurationError);
  });
});
