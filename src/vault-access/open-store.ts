import type { Configuration } from '../config/configuration.js';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Backend } from '../vault/backend/backend.js';
import { LocalBackend } from '../vault/backend/local/local-backend.js';
import { RateLimitedBackend } from '../vault/backend/wrappers/rate-limited-backend.js';
import { RetryingBackend } from '../vault/backend/wrappers/retrying-backend.js';
import { TokenBucket } from '../vault/backend/wrappers/token-bucket.js';
import { KeyError } from '../vault/keys/key-error.js';
import { MasterKey } from '../vault/keys/master-key.js';
import type { BucketPlace, DirectoryPlace, StorePlace } from './store-place.js';

/** Rejects with `ConfigurationError` for a key that is none. */
export async function readMasterKey(configuration: Configuration): Promise<MasterKey> {
  const { VAULT_MASTER_KEY, VAULT_MASTER_KEY_FILE } = configuration;
  try {
    if (VAULT_MASTER_KEY_FILE !== undefined) return await MasterKey.fromFile(VAULT_MASTER_KEY_FILE);
    return MasterKey.fromBase64(VAULT_MASTER_KEY ?? '');
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new ConfigurationError(`${nameOfMasterKey(configuration)}: ${error.message}`, { cause: error });
  }
}

/** What lies at a place. Rejects with `ConfigurationError` for a directory that cannot be used. */
export async function openStore(
  place: StorePlace,
  openLocal: (directory: string) => Promise<Backend> = (directory) => LocalBackend.open(directory),
): Promise<{ backend: Backend; close(): void }> {
  const { bytesPerSecond } = place;
  const store = 'directory' in place ? await openDirectory(place, openLocal) : await openBucket(place);
  if (bytesPerSecond === undefined) return store;
  // One bucket for both directions: what people limit is the line.
  const line = new TokenBucket({ bytesPerSecond });
  return { ...store, backend: new RateLimitedBackend(store.backend, { upload: line, download: line }) };
}

async function openDirectory(
  { what, directory }: DirectoryPlace,
  openLocal: (directory: string) => Promise<Backend>,
): Promise<{ backend: Backend; close(): void }> {
  try {
    return { backend: await openLocal(directory), close: () => undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`The ${what}'s directory ${directory} cannot be used: ${reason}`, { cause: error });
  }
}

async function openBucket(place: BucketPlace): Promise<{ backend: Backend; close(): void }> {
  // Not before: the SDK takes 30 MiB, which a vault in a directory can do without.
  const { S3Backend } = await import('../vault/backend/s3/s3-backend.js');
  const { bucket, checksums, endpoint, region, prefix, pathStyle, credentials, lock } = place;
  const s3 = new S3Backend({
    bucket,
    checksums,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(pathStyle === undefined ? {} : { pathStyle }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(lock === undefined ? {} : { lock }),
  });
  return { backend: new RetryingBackend(s3), close: () => s3.close() };
}

export function nameOfMasterKey({ VAULT_MASTER_KEY_FILE }: Configuration): string {
  return VAULT_MASTER_KEY_FILE === undefined ? 'VAULT_MASTER_KEY' : 'VAULT_MASTER_KEY_FILE';
}
