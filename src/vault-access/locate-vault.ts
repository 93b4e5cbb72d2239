import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Configuration } from '../config/configuration.js';
import { readSecret, secretPath } from '../config/generated-secret.js';
import { replicaPlace, vaultPlace, type DirectoryPlace, type StorePlace } from './store-place.js';

/**
 * The configuration with the key and the place of a vault that is there: nothing is made where somebody mistyped a name. Rejects with
 * `ConfigurationError` where there is none.
 */
export async function locateVault(given: Configuration): Promise<Configuration> {
  return (await locateStore(given, 'vault')).configuration;
}

/** The same with the place, of the vault or of its replica: the other one may be what was lost. */
export async function locateStore(
  given: Configuration,
  which: 'vault' | 'replica',
): Promise<{ configuration: Configuration; place: StorePlace }> {
  const dataDir = resolve(given.DATA_DIR);
  const place = (which === 'vault' ? vaultPlace : replicaPlace)({ ...given, DATA_DIR: dataDir });
  if (place === undefined) {
    throw new ConfigurationError('There is no replica: set REPLICA_DIRECTORY or REPLICA_S3_BUCKET.');
  }
  if ('directory' in place) await requireVault(place);
  return { place, configuration: await withMasterKey(given, dataDir) };
}

async function withMasterKey(given: Configuration, dataDir: string): Promise<Configuration> {
  if (given.VAULT_MASTER_KEY !== undefined || given.VAULT_MASTER_KEY_FILE !== undefined) {
    return { ...given, DATA_DIR: dataDir };
  }
  const path = secretPath(dataDir, 'vault-master-key');
  const VAULT_MASTER_KEY = await readSecret(path);
  if (VAULT_MASTER_KEY !== undefined) return { ...given, DATA_DIR: dataDir, VAULT_MASTER_KEY };
  throw new ConfigurationError(
    `There is no master key: set VAULT_MASTER_KEY or VAULT_MASTER_KEY_FILE, or put the file back that the service made, ${path}.`,
  );
}

/** Opening a directory makes it, and whoever mistyped its name would be told that an empty vault is whole. */
async function requireVault({ what, directory }: DirectoryPlace): Promise<void> {
  await access(directory).catch((cause: unknown) => {
    const names = what === 'vault' ? 'VAULT_PATH or DATA_DIR' : 'REPLICA_DIRECTORY';
    throw new ConfigurationError(`There is no ${what} at ${directory}; set ${names}.`, { cause });
  });
}
