import { join } from 'node:path';
import { Pool } from 'pg';
import type { Configuration } from '../config/configuration.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { STATE_CONNECTIONS } from '../database/state-connections.js';
import { STATE_POOL } from '../database/state-session.js';
import type { Backend } from '../vault/backend/backend.js';
import { LocalBackend } from '../vault/backend/local/local-backend.js';
import { ReadOnlyBackend } from '../vault/backend/wrappers/read-only-backend.js';
import { RateLimitedBackend } from '../vault/backend/wrappers/rate-limited-backend.js';
import { RetryingBackend } from '../vault/backend/wrappers/retrying-backend.js';
import { TokenBucket } from '../vault/backend/wrappers/token-bucket.js';
import { CatalogueError } from '../vault/catalogue/catalogue-error.js';
import { migrateCatalogue } from '../vault/catalogue/postgres/migrate-catalogue.js';
import { PostgresCatalogue } from '../vault/catalogue/postgres/postgres-catalogue.js';
import { KeyError } from '../vault/keys/key-error.js';
import { MasterKey } from '../vault/keys/master-key.js';
import { PackVault } from '../vault/pack-vault.js';
import { VaultError } from '../vault/vault-error.js';

const LOCK_TIMEOUT_MS = 120_000;

/** Everything a process needs to work with the vault, opened from the configuration. */
export interface VaultAccess {
  readonly vault: PackVault;
  readonly backend: Backend;
  readonly catalogue: PostgresCatalogue;
  readonly connections: Pool;
  readonly masterKey: MasterKey;
  /** Ends all connections. Never rejects. */
  close(): Promise<void>;
}

/**
 * Opens the vault that the configuration names. A store that does not answer at this moment is no reason to reject: readiness
 * tells. Rejects with `ConfigurationError` for what only a person can change: a key that is none, a directory that
 * cannot be written. DATABASE_URL is set by now, and so is the master key. Whether a vault lies there is not looked at.
 */
export async function openVaultAccess(configuration: Configuration): Promise<VaultAccess> {
  const masterKey = await readMasterKey(configuration);
  const store = await openStore(configuration);
  const connections = new Pool({
    connectionString: configuration.DATABASE_URL,
    application_name: 'snapback vault',
    max: STATE_CONNECTIONS['snapback vault'].pool,
    ...STATE_POOL,
    // A collection settles thousands of packs in one transaction, and a publication may have to wait for it.
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  // A connection that breaks while nobody uses it is replaced; without a listener it would end the process.
  connections.on('error', () => undefined);
  const close = async () => {
    await connections.end().catch(() => undefined);
    store.close();
  };
  try {
    await migrateCatalogue(connections);
    const catalogue = new PostgresCatalogue(connections);
    const budgetBytes = configuration.CAPTURE_MEMORY_BYTES;
    const vault = new PackVault({ backend: store.backend, catalogue, masterKey, budgetBytes });
    return { vault, backend: store.backend, catalogue, connections, masterKey, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What reads a vault by its objects alone: nothing is written, and no database is asked. */
export interface VaultReading {
  readonly backend: Backend;
  readonly masterKey: MasterKey;
  close(): Promise<void>;
}

/**
 * Opens the vault that the configuration names for reading, without its catalogue; the directory must be there. Rejects with
 * `ConfigurationError` as `openVaultAccess` does.
 */
export async function openVaultForReading(configuration: Configuration): Promise<VaultReading> {
  const masterKey = await readMasterKey(configuration);
  const { backend, close } = await openStore(configuration, (directory) => LocalBackend.openForReading(directory));
  return { backend: new ReadOnlyBackend(backend), masterKey, close: async () => close() };
}

async function readMasterKey(configuration: Configuration): Promise<MasterKey> {
  const { VAULT_MASTER_KEY, VAULT_MASTER_KEY_FILE } = configuration;
  try {
    if (VAULT_MASTER_KEY_FILE !== undefined) return await MasterKey.fromFile(VAULT_MASTER_KEY_FILE);
    return MasterKey.fromBase64(VAULT_MASTER_KEY ?? '');
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new ConfigurationError(`${nameOfMasterKey(configuration)}: ${error.message}`, { cause: error });
  }
}

async function openStore(
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

/**
 * The same for a service that is about to work with it: rejects as well for a vault of another version, for what is no vault, for one
 * whose keys another master key wraps, for a store that cannot do what a vault needs, and for a catalogue of a newer version.
 */
export async function openVaultOfService(configuration: Configuration): Promise<VaultAccess> {
  const access = await openVaultAccess(configuration).catch((error: unknown) => {
    throw refusalOf(error, configuration) ?? error;
  });
  try {
    await access.vault.open();
  } catch (error) {
    const refusal = refusalOf(error, configuration);
    // A store that is away for now is no reason to stop.
    if (refusal === undefined) return access;
    await access.close();
    throw refusal;
  }
  return access;
}

/** What only a person can change about a vault that was opened; undefined for what may pass. */
export function refusalOf(error: unknown, configuration: Configuration): ConfigurationError | undefined {
  if (error instanceof VaultError) return new ConfigurationError(error.message, { cause: error, code: error.code });
  const named =
    error instanceof KeyError && error.code === 'wrong-master-key'
      ? nameOfMasterKey(configuration)
      : error instanceof CatalogueError && error.code === 'catalogue-too-new'
        ? 'DATABASE_URL'
        : undefined;
  if (named === undefined) return undefined;
  const { code, message } = error as KeyError | CatalogueError;
  return new ConfigurationError(`${named}: ${message}`, { cause: error, code });
}

function nameOfMasterKey({ VAULT_MASTER_KEY_FILE }: Configuration): string {
  return VAULT_MASTER_KEY_FILE === undefined ? 'VAULT_MASTER_KEY' : 'VAULT_MASTER_KEY_FILE';
}
