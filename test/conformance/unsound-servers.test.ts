import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/config/configuration-error.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { openVaultOfService } from '../../src/vault-access/vault-access.js';
import { LocalBackend } from '../../src/vault/backend/local/local-backend.js';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { S3Backend } from '../../src/vault/backend/s3/s3-backend.js';
import { removeUnfinished } from '../../src/vault/collection/remove-unfinished.js';
import { openFormat } from '../../src/vault/format/format-file.js';
import { newProbeKey } from '../../src/vault/format/object-keys.js';
import { proveStore } from '../../src/vault/format/prove-store.js';
import { environmentVariablesNow } from '../harness/environment-variables.js';
import type { HeaderRefusal, ServerHabits } from '../harness/s3/server-habits.js';
import { S3Server } from '../harness/s3-server.js';
import { createServiceSetting, type ServiceSetting } from '../harness/service.js';
import { startServiceProcess } from '../harness/service-process.js';
import { collect, inPieces, noise } from './content.js';
import { localSubject, optionsFor } from './subjects.js';

const MIB = 1024 * 1024;
const notImplemented: HeaderRefusal = { status: 501, code: 'NotImplemented' };

let server: S3Server;
let setting: ServiceSetting;
const putBack = environmentVariablesNow();

beforeAll(async () => {
  server = await S3Server.start();
  const { accessKeyId, secretAccessKey } = server.credentials;
  process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
  setting = await createServiceSetting();
});
beforeEach(() => {
  server.habits = {};
});
afterEach(async () => {
  server.faults.clear();
  for (const key of server.store.keys()) await server.store.delete(key);
});
afterAll(async () => {
  putBack();
  await setting.remove();
  await server.stop();
});

const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...setting.env,
  VAULT_PATH: '',
  VAULT_S3_BUCKET: server.bucket,
  VAULT_S3_ENDPOINT: server.endpoint,
  ...more,
});
const open = (more: NodeJS.ProcessEnv = {}) => openVaultOfService(loadConfiguration(env(more)));

async function refusal(more: NodeJS.ProcessEnv = {}): Promise<ConfigurationError> {
  const opened = await open(more).then(
    (access) => access.close().then(() => undefined),
    (error: unknown) => error,
  );
  expect(opened).toBeInstanceOf(ConfigurationError);
  return opened as ConfigurationError;
}

describe('a bucket on a server that', () => {
  it.each<[string, ServerHabits, RegExp]>([
    ['ignores If-None-Match', { conditions: 'ignored' }, /ignores If-None-Match: \*.*Use a server that knows/],
    ['says 200 to what it does not do', { conditions: 'pretended' }, /ignores If-None-Match/],
    ['refuses If-None-Match with 501', { conditions: notImplemented }, /conditional writes \(If-None-Match\).*use one/],
    [
      'refuses If-None-Match with 400, by name',
      { conditions: { status: 400, code: 'InvalidArgument', named: 'message' } },
      /conditional writes \(If-None-Match\)/,
    ],
    ['forgets what it has stored', { forgets: true }, /does not return it/],
    ['answers with whole objects when a part is asked for', { ranges: 'ignored' }, /part of an object/],
    ['does not list what it has stored', { lists: 'late' }, /does not list it/],
    ['refuses checksums with 501', { checksums: notImplemented }, /VAULT_S3_CHECKSUMS=when_required/],
    [
      'refuses checksums with 501, naming the header in a field',
      { checksums: { ...notImplemented, named: 'field' } },
      /x-amz-(sdk-)?checksum.*VAULT_S3_CHECKSUMS=when_required/,
    ],
    [
      'refuses checksums with 400, by name',
      { checksums: { status: 400, code: 'InvalidArgument', named: 'message' } },
      /x-amz-(sdk-)?checksum.*VAULT_S3_CHECKSUMS=when_required/,
    ],
    [
      'refuses checksums with 400 and no word about them',
      { checksums: { status: 400, code: 'InvalidRequest' } },
      /VAULT_S3_CHECKSUMS=when_required/,
    ],
    [
      'refuses checksums as if they were not signed',
      { checksums: { status: 403, code: 'AccessDenied' } },
      /VAULT_S3_CHECKSUMS=when_required/,
    ],
  ])('%s is refused at the start, with the reason, and nothing is left in it', async (_, habits, sentence) => {
    server.habits = habits;
    const error = await refusal();
    expect(error.code).toBe('store-unsupported');
    expect(error.message).toMatch(sentence);
    expect(server.store.keys()).toEqual([]);
  });

  it('refuses checksums and ignores If-None-Match is refused for the one, then for the other', async () => {
    server.habits = { checksums: notImplemented, conditions: 'ignored' };
    expect((await refusal()).message).toContain('VAULT_S3_CHECKSUMS=when_required');
    expect((await refusal({ VAULT_S3_CHECKSUMS: 'when_required' })).message).toContain('ignores If-None-Match');
  });

  it('says that it has deleted what stays is refused at the start', async () => {
    server.habits = { deletes: 'pretended' };
    const error = await refusal();
    expect(error.code).toBe('store-unsupported');
    expect(error.message).toMatch(/still there/);
  });

  it('does nothing wrong is used, and nothing but the format is left in it', async () => {
    const access = await open();
    await access.close();
    expect(server.store.keys()).toEqual(['format.json']);
  });

  it('says in the body of a 200 that it did not replace anything is understood', async () => {
    server.habits = { conditions: 'told-by-body' };
    const access = await open();
    await access.close();
    expect(server.store.keys()).toEqual(['format.json']);
  });

  it('loses answers and is busy now and then is used all the same', async () => {
    server.faults.add({ fault: { kind: 'drop-answer' }, method: 'PUT', times: 2 });
    server.faults.add({ fault: { kind: 'status', status: 503, code: 'SlowDown' }, times: 2 });
    const access = await open();
    await access.close();
    expect(server.store.keys()).toEqual(['format.json']);
  });

  it('is away at the start is proven before anything is written to it', async () => {
    server.habits = { conditions: 'ignored' };
    server.faults.add({ fault: { kind: 'status', status: 403, code: 'AccessDenied' }, times: Infinity });
    const access = await open();
    server.faults.clear();
    const header = { snapshotId: PROJECT, createdAt: new Date().toISOString(), tools: {} };
    await expect(access.vault.beginCapture(PROJECT, header)).rejects.toMatchObject({ code: 'store-unsupported' });
    await access.close();
    expect(server.store.keys()).toEqual([]);
  });

  it('lacks permissions is not called incapable', async () => {
    server.faults.add({ fault: { kind: 'status', status: 403, code: 'AccessDenied' }, times: Infinity });
    const backend = new S3Backend(optionsFor(server));
    const error = await backend.put('some/key', sourceOf(Buffer.from('x'))).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('Check the permissions') });
    expect(error).not.toHaveProperty('lacks');
    backend.close();
  });
});

it('says so in the last line when the service is started, with the code', async () => {
  server.habits = { conditions: 'ignored' };
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  const started = await startServiceProcess(env({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY })).then(
    (service) => service.kill().then(() => 'it started'),
    (error: Error) => error.message,
  );
  expect(started.trimEnd().split('\n').at(-1)).toMatch(/If-None-Match: \*.*\(store-unsupported\)$/);
});

describe('a server that refuses checksums, asked without', () => {
  it('is used for everything that a vault does', async () => {
    server.habits = { checksums: { ...notImplemented, named: 'field' } };
    const backend = new S3Backend({ ...optionsFor(server), checksums: 'when_required' });
    const large = noise('large', 11 * MIB);
    await proveStore(backend);
    await backend.put('small', sourceOf(Buffer.from('x')));
    await backend.put('large', inPieces(large));
    expect((await backend.read('large')).equals(large)).toBe(true);
    await backend.replace('small', Buffer.from('yy'));
    expect((await collect(backend.list(''))).map(({ key }) => key)).toEqual(['large', 'small']);
    await backend.delete(['small', 'large']);
    expect(server.store.keys()).toEqual([]);
    backend.close();
  });

  it('is opened by the service', async () => {
    server.habits = { checksums: notImplemented };
    const access = await open({ VAULT_S3_CHECKSUMS: 'when_required' });
    await access.vault.probe();
    await access.close();
    expect(server.store.keys()).toEqual(['format.json']);
  });

  it('tells of the setting, too, when it is uploads in parts or deletions that it refuses', async () => {
    const backend = new S3Backend(optionsFor(server));
    await backend.put('small', sourceOf(Buffer.from('x')));
    server.habits = { checksums: { ...notImplemented, named: 'field' } };
    const told = { code: 'denied', lacks: 'checksums', message: expect.stringContaining('VAULT_S3_CHECKSUMS') };
    await expect(backend.put('large', inPieces(noise('large', 11 * MIB)))).rejects.toMatchObject(told);
    await expect(backend.delete(['small'])).rejects.toMatchObject(told);
    backend.close();
  });
});

const PROJECT = '6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01';

describe('an object that a proof was killed beside', () => {
  it('is no obstacle to a new vault in the same place', async () => {
    const { backend, close } = await localSubject();
    await backend.put(newProbeKey(), sourceOf(Buffer.from('left')));
    await expect(openFormat(backend)).resolves.toMatchObject({ format: 'snapback-vault/2' });
    await close();
  });

  it('is removed by a collection a day later, and nothing else is', async () => {
    const { backend, close } = await localSubject();
    const [left, project] = [newProbeKey(), `projects/${PROJECT}/key.json`];
    for (const key of [left, project, 'probe/not-ours']) await backend.put(key, sourceOf(Buffer.from('x')));
    const keys = async () => (await collect(backend.list(''))).map(({ key }) => key);
    await removeUnfinished(backend);
    expect(await keys()).toContain(left);
    await removeUnfinished(backend, () => new Date(Date.now() + 25 * 60 * 60_000));
    expect(await keys()).toEqual(['probe/not-ours', project]);
    await close();
  });
});

it('a directory keeps its promise, and what proves it leaves nothing', async () => {
  const { directory, close } = await localSubject();
  const backend = await LocalBackend.open(`${directory}/objects`);
  await proveStore(backend);
  expect(await collect(backend.list(''))).toEqual([]);
  await close();
});

describe('a bucket that is to lock', () => {
  const locking = (objectLock: boolean) => S3Server.start({ objectLock });
  const backendOf = (one: S3Server) => new S3Backend({ ...optionsFor(one), lock: { days: 7, mode: 'governance' } });

  it('is refused when it has no Object Lock, in a sentence that says what to do', async () => {
    const plain = await locking(false);
    const said = proveStore(backendOf(plain));
    await expect(said).rejects.toMatchObject({
      code: 'store-unsupported',
      message: expect.stringMatching(/--object-lock-enabled-for-bucket.*VAULT_S3_LOCK_DAYS/),
    });
    await plain.stop();
  });

  it('is refused at the start, with the code, and so is one that is no bucket', async () => {
    const refused = await refusal({ VAULT_S3_LOCK_DAYS: '7' });
    expect(refused).toMatchObject({ code: 'store-unsupported', message: expect.stringContaining('Object Lock') });
    const nowhere = { VAULT_S3_BUCKET: '', VAULT_S3_ENDPOINT: '', VAULT_S3_LOCK_DAYS: '7' };
    expect(() => loadConfiguration(env(nowhere))).toThrow(/^VAULT_S3_LOCK_DAYS is set, and VAULT_S3_BUCKET is not/);
    expect(() => loadConfiguration(env({ REPLICA_S3_LOCK_DAYS: '7' }))).toThrow(/^REPLICA_S3_LOCK_DAYS is set/);
  });

  it('is refused when it locks whatever is stored, and taken when it does as it is asked', async () => {
    const willing = await locking(true);
    await expect(proveStore(backendOf(willing))).resolves.toBeUndefined();
    expect(willing.store.versionedKeys()).toEqual([]);
    willing.habits = { locks: 'by-default' };
    await expect(proveStore(backendOf(willing))).rejects.toMatchObject({
      code: 'store-unsupported',
      message: expect.stringContaining('default retention'),
    });
    await willing.stop();
  });
});
