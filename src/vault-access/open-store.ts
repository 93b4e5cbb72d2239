import { join } from 'node:path';
import type { Configuration } from '../config/configuration.js';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Backend } from '../vault/backend/backend.js';
import { LocalBackend } from '../vault/backend/local/local-backend.js';
import { RateLimitedBackend } from '../vault/backend/wrappers/rate-limited-backend.js';
import { RetryingBackend } from '../vault/backend/wrappers/retrying-backend.js';
import { TokenBucket } from '../vault/backend/wrappers/token-bucket.js';
import { KeyError } from '../vault/keys/key-error.js';
import { MasterKey } from '../vault/keys/master-key.js';

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

/** Where the vault's objects lie. Rejects with `ConfigurationError` for a directory that cannot be used. */
export async function openStore(
  configuration: Configuration,
  openLocal: (directory: string) => Promise<Backend> = (directory) => LocalBackend.open(directory),
): Promise<{ backend: Backend; close(): void }> {
  const { VAULT_S3_BUCKET: bucket, VAULT_MAX_BYTES_PER_SECOND: bytesPerSecond } = configuration;
  const store =
    bucket === undefined ? await openDirectory(configuration, openLocal) : await openBucket(bucket, configuration);
  if (bytesPerSecond === undefined) return store;
  // One bucket for both directions: what people limit is the line.
  const line = new TokenBucket({ bytesPerSecond });
  return { ...store, backend: new RateLimitedBackend(store.backend, { upload: line, download: line }) };
}

async function openDirectory(
  { VAULT_PATH, DATA_DIR }: Configuration,
  openLocal: (directory: string) => Promise<Backend>,
): Promise<{ backend: Backend; close(): void }> {
  const directory = VAULT_PATH ?? join(DATA_DIR, 'vault');
  try {
    return { backend: await openLocal(directory), close: () => undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`The vault's directory ${directory} cannot be used: ${reason}`, { cause: error });
  }
}

async function openBucket(bucket: string, configuration: Configuration): Promise<{ backend: Backend; close(): void }> {
  // Not before: the SDK takes 30 MiB, which a vault in a directory can do without.
  const { S3Backend } = await import('../vault/backend/s3/s3-backend.js');
  const { VAULT_S3_ENDPOINT: endpoint, VAULT_S3_REGION: region, VAULT_S3_PREFIX: prefix } = configuration;
  const { VAULT_S3_PATH_STYLE: pathStyle, VAULT_S3_CHECKSUMS: checksums } = configuration;
  const s3 = new S3Backend({
    bucket,
    checksums,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(pathStyle === undefined ? {} : { pathStyle }),
  });
  return { backend: new RetryingBackend(s3), close: () => s3.close() };
}

export function nameOfMasterKey({ VAULT_MASTER_KEY_FILE }: Configuration): string {
  return VAULT_MASTER_KEY_FILE === undefined ? 'VAULT_MASTER_KEY' : 'VAULT_MASTER_KEY_FILE';
}
