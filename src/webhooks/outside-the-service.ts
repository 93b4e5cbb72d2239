import { Announcements } from '../announcements/announcements.js';
import { connectedDataSource } from '../database/connected-data-source.js';
import { dataSourceOptions } from '../database/data-source.js';
import { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import type { ServiceRows } from '../snapshots/restorability/record-vault-check.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { Happenings } from './outbox/happenings.js';
import { Outbox } from './outbox/outbox.js';

/** A command does one thing after the other. */
const CONNECTIONS = 1;

/**
 * The rows of snapshots for a program beside the service: what it announces of them goes into the outbox, and the workers take it from
 * there. Rejects with `ConfigurationError`. To be destroyed.
 */
export async function openServiceRows(url: string): Promise<ServiceRows> {
  const dataSource = await connectedDataSource(dataSourceOptions(url, CONNECTIONS, [KeeperItemEntity, SnapshotEntity]));
  const announcements = new Announcements(['webhooks']);
  const items = new KeeperItems(dataSource.getRepository(KeeperItemEntity), announcements);
  new Happenings(announcements, new Outbox(items), new UpkeepRegistry()).onModuleInit();
  return { dataSource, announcements };
}
