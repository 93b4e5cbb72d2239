import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { MasterKey } from '../../src/vault/keys/master-key.js';
import { compose, DEPLOY, TEXT } from './compose.js';

const { services, networks, secrets, configs } = compose();
const all = Object.entries(services);
const lasting = all.filter(([, { restart }]) => restart === 'unless-stopped');
const ours = all.filter(([, { image }]) => image.startsWith('snapback:'));

describe('compose.yaml', () => {
  it('runs every container on a read-only root, without a privilege it was not given', () => {
    const expected = { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] };
    for (const [, service] of all) expect(service).toMatchObject(expected);
    const given = all.flatMap(([name, { cap_add }]) => (cap_add === undefined ? [] : [[name, ...cap_add]]));
    expect(given).toEqual([
      ['s3-directories', 'CHOWN'],
      ['proxy', 'NET_BIND_SERVICE'],
    ]);
  });

  it('takes every image by a version', () => {
    const images = all.map(([, { image }]) => image.replace(/\$\{\w+:-([^}]+)\}/, '$1'));
    expect(images.filter((image) => !/:v?\d/.test(image))).toEqual([]);
  });

  it('publishes the proxy alone, and keeps database and vault where nobody else is', () => {
    expect(all.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['proxy']);
    expect([services['postgres']?.networks, services['s3']?.networks]).toEqual([['state'], ['state']]);
    expect(networks['state']?.internal).toBe(true);
    expect(services['proxy']?.networks).toEqual(['edge', 'inside']);
  });

  it('has limits, a health check and a time to stop for whatever lasts', () => {
    for (const [name, { deploy, healthcheck, image }] of lasting) {
      expect([name, Object.keys(deploy?.resources.limits ?? {})]).toEqual([name, ['cpus', 'memory', 'pids']]);
      // The image of the service has its own.
      expect([name, healthcheck !== undefined || image.startsWith('snapback:')]).toEqual([name, true]);
    }
    expect(services['worker']?.deploy?.replicas).toBe(2);
    for (const name of ['api', 'worker']) {
      const { environment = {}, stop_grace_period } = services[name]!;
      const grace = Number(environment['SHUTDOWN_GRACE_SECONDS'] ?? 10);
      expect(Number.parseInt(stop_grace_period!, 10)).toBeGreaterThan(grace + 20);
    }
  });

  it('starts each process when what it needs is there', () => {
    for (const name of ['api', 'worker'])
      expect(services[name]?.depends_on).toEqual({
        postgres: { condition: 'service_healthy' },
        s3: { condition: 'service_healthy' },
        migrate: { condition: 'service_completed_successfully' },
        bucket: { condition: 'service_completed_successfully' },
      });
  });

  it('has no secret in it', () => {
    const names = ours.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
    expect(
      names.filter((name) => /SECRET|PASSWORD|DATABASE_URL|CREDENTIALS|ACCESS_KEY|MASTER_KEY$/.test(name)),
    ).toEqual([]);
    expect(TEXT).not.toMatch(/\/\/[^/\s]*:[^/\s]*@/);
    const files = [
      ...Object.values(secrets).map(({ file }) => file),
      ...all.flatMap(([, { env_file = [] }]) => env_file),
    ];
    expect(files.filter((file) => !file.startsWith('secrets/'))).toEqual([]);
    expect(readFileSync(join(DEPLOY, '.gitignore'), 'utf8').split('\n')).toContain('secrets/');
  });

  it('names files that are there', () => {
    for (const { file } of Object.values(configs)) expect([file, existsSync(join(DEPLOY, file))]).toEqual([file, true]);
  });
});

describe('make-secrets', () => {
  const directory = mkdtempSync(join(tmpdir(), 'snapback-test-secrets-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const run = () => execFileSync(join(directory, 'make-secrets'), { cwd: '/', encoding: 'utf8' });
  const read = (name: string) => readFileSync(join(directory, 'secrets', name), 'utf8');
  const variables = (name: string) =>
    Object.fromEntries(
      read(name)
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  it('makes every file that compose.yaml asks for, with which the service starts', async () => {
    copyFileSync(join(DEPLOY, 'make-secrets'), join(directory, 'make-secrets'));
    expect(run()).toContain('Keep a copy');
    const wanted = [
      ...Object.values(secrets).map(({ file }) => file),
      ...all.flatMap(([, { env_file = [] }]) => env_file),
    ];
    expect([...new Set(wanted)].toSorted()).toEqual(
      readdirSync(join(directory, 'secrets')).map((name) => `secrets/${name}`),
    );
    const VAULT_MASTER_KEY_FILE = join(directory, 'secrets', 'vault-master-key');
    const configuration = loadConfiguration({ ...variables('snapback.env'), VAULT_MASTER_KEY_FILE });
    expect(configuration.DATABASE_URL).toContain(variables('postgres.env')['POSTGRES_PASSWORD']);
    await expect(MasterKey.fromFile(VAULT_MASTER_KEY_FILE)).resolves.toBeInstanceOf(MasterKey);
    expect(variables('s3-client.env')['AWS_SECRET_ACCESS_KEY']).toBe(variables('s3.env')['ROOT_SECRET_ACCESS_KEY']);
  });

  it('keeps them for whoever made them', () => {
    expect(statSync(join(directory, 'secrets')).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(directory, 'secrets')))
      expect([name, statSync(join(directory, 'secrets', name)).mode & 0o777]).toEqual([
        name,
        name === 'vault-master-key' ? 0o444 : 0o600,
      ]);
  });

  it('changes nothing when it is run again', () => {
    const before = readdirSync(join(directory, 'secrets')).map(read);
    expect(run()).toContain('already');
    expect(readdirSync(join(directory, 'secrets')).map(read)).toEqual(before);
  });
});
