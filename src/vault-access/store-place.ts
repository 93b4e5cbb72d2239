import { join, relative, resolve } from 'node:path';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Configuration } from '../config/configuration.js';

export interface DirectoryPlace {
  /** What it is the place of, for sentences. */
  what: 'vault' | 'replica';
  bytesPerSecond: number | undefined;
  directory: string;
}

export interface BucketPlace extends Omit<DirectoryPlace, 'directory'> {
  bucket: string;
  endpoint: string | undefined;
  region: string | undefined;
  prefix: string | undefined;
  pathStyle: boolean | undefined;
  checksums: 'when_supported' | 'when_required';
  lock: { days: number; mode: 'governance' | 'compliance' } | undefined;
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
}

/** Where objects lie, as the configuration says it. */
export type StorePlace = DirectoryPlace | BucketPlace;

export function vaultPlace(configuration: Configuration): StorePlace {
  const { VAULT_S3_BUCKET: bucket, VAULT_PATH, DATA_DIR } = configuration;
  const common = { what: 'vault', bytesPerSecond: configuration.VAULT_MAX_BYTES_PER_SECOND } as const;
  if (bucket === undefined) return { ...common, directory: VAULT_PATH ?? join(DATA_DIR, 'vault') };
  return {
    ...common,
    bucket,
    endpoint: configuration.VAULT_S3_ENDPOINT,
    region: configuration.VAULT_S3_REGION,
    prefix: configuration.VAULT_S3_PREFIX,
    pathStyle: configuration.VAULT_S3_PATH_STYLE,
    checksums: configuration.VAULT_S3_CHECKSUMS,
    lock: lockOf(configuration.VAULT_S3_LOCK_DAYS, configuration.VAULT_S3_LOCK_MODE),
    credentials: undefined,
  };
}

/** Undefined where no replica is configured. Throws `ConfigurationError` for one that is where the vault is, or within it. */
export function replicaPlace(configuration: Configuration): StorePlace | undefined {
  const { REPLICA_DIRECTORY: directory, REPLICA_S3_BUCKET: bucket } = configuration;
  const { REPLICA_S3_ACCESS_KEY_ID: accessKeyId, REPLICA_S3_SECRET_ACCESS_KEY: secretAccessKey } = configuration;
  const common = { what: 'replica', bytesPerSecond: configuration.REPLICA_MAX_BYTES_PER_SECOND } as const;
  if (directory !== undefined) return apart({ ...common, directory }, vaultPlace(configuration));
  if (bucket === undefined) return undefined;
  const place = {
    ...common,
    bucket,
    endpoint: configuration.REPLICA_S3_ENDPOINT,
    region: configuration.REPLICA_S3_REGION,
    prefix: configuration.REPLICA_S3_PREFIX,
    pathStyle: configuration.REPLICA_S3_PATH_STYLE,
    checksums: configuration.REPLICA_S3_CHECKSUMS,
    lock: lockOf(configuration.REPLICA_S3_LOCK_DAYS, configuration.REPLICA_S3_LOCK_MODE),
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey },
  };
  return apart(place, vaultPlace(configuration));
}

/** The place as it is written down, to tell another one from it. No secret is in it: an endpoint's user and password are left out. */
export function nameOfPlace(place: StorePlace): string {
  if ('directory' in place) return `directory ${resolve(place.directory)}`;
  return `bucket ${place.bucket} of ${hostOf(place)}, ${prefixOf(place)}`;
}

function lockOf(days: number | undefined, mode: 'governance' | 'compliance'): BucketPlace['lock'] {
  return days === undefined ? undefined : { days, mode };
}

/** What can be seen by the names alone; the rest is seen when the replica is opened. */
function apart(replica: StorePlace, vault: StorePlace): StorePlace {
  if ('directory' in replica && 'directory' in vault) {
    const [one, other] = [resolve(replica.directory), resolve(vault.directory)];
    if (isWithin(one, other) || isWithin(other, one)) throw samePlace('REPLICA_DIRECTORY');
  }
  if (
    'bucket' in replica &&
    'bucket' in vault &&
    replica.bucket === vault.bucket &&
    hostOf(replica) === hostOf(vault)
  ) {
    const [one, other] = [prefixOf(replica), prefixOf(vault)];
    if (one.startsWith(other) || other.startsWith(one)) throw samePlace('REPLICA_S3_BUCKET');
  }
  return replica;
}

function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
}

function prefixOf({ prefix = '' }: BucketPlace): string {
  return `/${prefix}/`.replace(/\/+/g, '/');
}

/** Two regions of Amazon's have no bucket of one name. */
function hostOf({ endpoint }: BucketPlace): string {
  return endpoint === undefined ? 'Amazon' : new URL(endpoint).host;
}

function samePlace(name: string): ConfigurationError {
  return new ConfigurationError(
    `${name}: the replica is where the vault is, or one of them lies in the other. Give it a place of its own, best on other machines: it is for the day on which the vault's is lost.`,
  );
}
