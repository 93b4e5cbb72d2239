import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../config/configuration-error.js';
import type { Configuration } from '../config/configuration.js';
import { readSecret, secretPath } from '../config/generated-secret.js';

/**
 * The configuration with the key and the place of a vault that is there: nothing is made where somebody mistyped a name. Rejects with
 * `ConfigurationError` where there is none.
 */
export async function locateVault(given: Configuration): Promise<Configuration> {
  const dataDir = resolve(given.DATA_DIR);
  if (given.VAULT_S3_BUCKET === undefined) await requireVault(given.VAULT_PATH ?? join(dataDir, 'vault'));
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
async function requireVault(directory: string): Promise<void> {
  await access(directory).catch((cause: unknown) => {
    throw new ConfigurationError(`There is no vault at ${directory}; set VAULT_PATH or DATA_DIR.`, { cause });
  });
}
