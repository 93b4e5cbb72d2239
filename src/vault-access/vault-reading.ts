import type { Configuration } from '../config/configuration.js';
import type { Backend } from '../vault/backend/backend.js';
import { LocalBackend } from '../vault/backend/local/local-backend.js';
import { ReadOnlyBackend } from '../vault/backend/wrappers/read-only-backend.js';
import type { MasterKey } from '../vault/keys/master-key.js';
import { openStore, readMasterKey } from './open-store.js';
import { vaultPlace, type StorePlace } from './store-place.js';

/** What reads a vault by its objects alone: nothing is written, and no database is asked. */
export interface VaultReading {
  readonly backend: Backend;
  readonly masterKey: MasterKey;
  close(): Promise<void>;
}

/**
 * Opens the vault that the configuration names, or what lies at another place, for reading and without a catalogue; the directory must be there. Rejects with
 * `ConfigurationError` as `openVaultAccess` does.
 */
export async function openVaultForReading(
  configuration: Configuration,
  place: StorePlace = vaultPlace(configuration),
): Promise<VaultReading> {
  const masterKey = await readMasterKey(configuration);
  const { backend, close } = await openStore(place, (directory) => LocalBackend.openForReading(directory));
  return { backend: new ReadOnlyBackend(backend), masterKey, close: async () => close() };
}
