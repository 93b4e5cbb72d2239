import type { Configuration } from '../config/configuration.js';
import type { CommandWork } from '../vault/cli/vault-access.js';
import type { VaultAccess } from '../vault-access/vault-access.js';
export async function importVault(_a: VaultAccess, _c: Configuration, _w: CommandWork): Promise<void> {
  throw new Error('later');
}
