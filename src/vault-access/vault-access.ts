import { Pool } from 'pg';
import type { Configuration } from '../config/configuration.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { STATE_CONNECTIONS } from '../database/state-connections.js';
import { STATE_POOL } from '../database/state-session.js';
import type { Backend } from '../vault/backend/backend.js';
import { CatalogueError } from '../vault/catalogue/catalogue-error.js';
import { migrateCatalogue } from '../vault/catalogue/postgres/migrate-catalogue.js';
import { PostgresCatalogue } from '../vault/catalogue/postgres/postgres-catalogue.js';
import { KeyError } from '../vault/keys/key-error.js';
import type { MasterKey } from '../vault/keys/master-key.js';
import { PackVault } from '../vault/pack-vault.js';
import { VaultError } from '../vault/vault-error.js';
import { nameOfMasterKey, openStore, readMasterKey } from './open-store.js';
import { vaultPlace } from './store-place.js';

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
  const store = await openStore(vaultPlace(configuration));
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
