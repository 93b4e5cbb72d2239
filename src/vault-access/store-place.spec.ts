import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../config/load-configuration.js';
import { nameOfPlace, replicaPlace } from './store-place.js';

const placeOf = (env: NodeJS.ProcessEnv) => replicaPlace(loadConfiguration({ DATA_DIR: '/data', ...env }));
const S3 = { VAULT_S3_BUCKET: 'snapshots', VAULT_S3_ENDPOINT: 'https://s3.internal', VAULT_S3_PREFIX: 'of/acme' };

describe('the place of the replica', () => {
  it('is none unless one is named', () => expect(placeOf({})).toBeUndefined());

  it.each<[string, NodeJS.ProcessEnv]>([
    ['is the directory of the vault', { VAULT_PATH: '/srv/vault', REPLICA_DIRECTORY: '/srv/vault' }],
    ['is that, in another spelling', { VAULT_PATH: '/srv/vault', REPLICA_DIRECTORY: '/srv/other/../vault/' }],
    ['is the directory that the vault has by itself', { REPLICA_DIRECTORY: '/data/vault' }],
    ['lies in the vault', { VAULT_PATH: '/srv/vault', REPLICA_DIRECTORY: '/srv/vault/replica' }],
    ['holds the vault', { VAULT_PATH: '/srv/vault', REPLICA_DIRECTORY: '/srv' }],
    [
      'is the bucket of the vault',
      {
        ...S3,
        REPLICA_S3_BUCKET: 'snapshots',
        REPLICA_S3_ENDPOINT: 'https://s3.internal/',
        REPLICA_S3_PREFIX: '/of/acme/',
      },
    ],
    ['holds it in the bucket', { ...S3, REPLICA_S3_BUCKET: 'snapshots', REPLICA_S3_ENDPOINT: 'https://s3.internal' }],
  ])('is refused at the start when it %s', (_, env) => {
    expect(() => placeOf(env)).toThrow(/where the vault is, or one of them lies in the other/);
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    [
      'a directory beside it',
      { VAULT_PATH: '/srv/vault', REPLICA_DIRECTORY: '/srv/vault-2' },
      'directory /srv/vault-2',
    ],
    [
      'another bucket',
      { ...S3, REPLICA_S3_BUCKET: 'elsewhere', REPLICA_S3_ENDPOINT: 'https://s3.internal' },
      'bucket elsewhere of s3.internal, /',
    ],
    [
      'the same name on another server',
      { ...S3, REPLICA_S3_BUCKET: 'snapshots', REPLICA_S3_PREFIX: 'of/acme' },
      'bucket snapshots of Amazon, /of/acme/',
    ],
    [
      'another prefix',
      {
        ...S3,
        REPLICA_S3_BUCKET: 'snapshots',
        REPLICA_S3_ENDPOINT: 'https://s3.internal',
        REPLICA_S3_PREFIX: 'of/acme-2',
      },
      'bucket snapshots of s3.internal, /of/acme-2/',
    ],
  ])('is %s', (_, env, name) => {
    expect(nameOfPlace(placeOf(env)!)).toBe(name);
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['both set', { REPLICA_DIRECTORY: '/srv/replica', REPLICA_S3_BUCKET: 'elsewhere' }],
    ['both of', { REPLICA_S3_BUCKET: 'elsewhere', REPLICA_S3_ACCESS_KEY_ID: 'id' }],
    ['REPLICA_DIRECTORY', { REPLICA_DIRECTORY: 'relative' }],
    ['REPLICA_S3_ENDPOINT', { REPLICA_S3_BUCKET: 'elsewhere', REPLICA_S3_ENDPOINT: 'https://[' }],
    ['REPLICA_KEEP_DAYS', { REPLICA_DIRECTORY: '/srv/replica', REPLICA_KEEP_DAYS: '-1' }],
  ])('is named by variables that fit together: "%s" is said of what does not', (said, env) => {
    expect(() => placeOf(env)).toThrow(said);
  });
});
