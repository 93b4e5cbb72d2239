import { loadConfiguration } from './config/load-configuration.js';
import { locateStore } from './vault-access/locate-vault.js';
import { openVaultForReading } from './vault-access/vault-reading.js';
import type { StoreTools } from './vault/cli/vault-tools.js';

/**
 * The objects of the vault alone, or of the replica, for a command of `snapback-vault`, with the service's own configuration. Neither a database nor what it
 * would need is looked at: they may be what was lost.
 */
export async function openStoreTools({ replica }: { replica: boolean }): Promise<StoreTools> {
  const { DATABASE_URL: _, ...environment } = process.env;
  const { configuration, place } = await locateStore(loadConfiguration(environment), replica ? 'replica' : 'vault');
  const opened = await openVaultForReading(configuration, place);
  return {
    ...opened,
    extract: async (request, work) => {
      const { extract } = await import('./disaster-recovery/extract.js');
      await extract(opened, request, work);
    },
  };
}
