import { join } from 'node:path';
import type { Provider } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { LocalVault } from '../vault/local-vault.js';
import type { Vault } from '../vault/vault.js';

/** Injection token of the vault. */
export const VAULT = Symbol('vault');

export const vaultProvider: Provider<Vault> = {
  provide: VAULT,
  inject: [Configuration],
  useFactory: (configuration: Configuration) =>
    new LocalVault({
      root: configuration.VAULT_PATH ?? join(configuration.DATA_DIR, 'vault'),
      maxInFlightBytes: configuration.VAULT_MAX_IN_FLIGHT_BYTES,
    }),
};
