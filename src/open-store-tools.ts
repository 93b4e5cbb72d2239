import { loadConfiguration } from './config/load-configuration.js';
import { locateVault } from './vault-access/locate-vault.js';
import { openVaultForReading } from './vault-access/vault-reading.js';
import type { StoreTools } from './vault/cli/vault-tools.js';

/**
 * The objects of the vault alone, for a command of `snapback-vault`, with the service's own configuration. Neither a database nor what it
 * would need is looked at: they may be what was lost.
 */
export async function openStoreTools(): Promise<StoreTools> {
  const { DATABASE_URL: _, ...environment } = process.env;
  const opened = await openVaultForReading(await locateVault(loadConfiguration(environment)));
  return {
    ...opened,
    extract: async (request, work) => {
      const { extract } = await import('./disaster-recovery/extract.js');
      await extract(opened, request, work);
    },
  };
}
