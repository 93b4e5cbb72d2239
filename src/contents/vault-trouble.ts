import { errors } from '../errors/catalogue.js';
import { BackendError } from '../vault/backend/backend-error.js';
import { CatalogueError } from '../vault/catalogue/catalogue-error.js';
import { KeyError } from '../vault/keys/key-error.js';
import { VaultError } from '../vault/vault-error.js';

/** What a caller is told when a snapshot cannot be read: that it has suffered, or that the vault is not to be had now. Anything else as it is. */
export function vaultTrouble(error: unknown, snapshotId: string): unknown {
  if (error instanceof VaultError && error.isDamage) return errors.snapshotDamaged(snapshotId, error);
  const isAway = [VaultError, BackendError, CatalogueError, KeyError].some((kind) => error instanceof kind);
  return isAway ? errors.serviceUnavailable('The vault cannot be read at the moment.', error) : error;
}
