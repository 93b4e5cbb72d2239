import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { Configuration } from '../../config/configuration.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import type { NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { VAULT } from '../../vault-access/vault.token.js';
import type { Vault } from '../../vault/vault.js';
import { SnapshotLifecycle } from '../snapshot-lifecycle.js';
import { SnapshotEntity } from '../snapshot.entity.js';
import { collectionOf } from './collection-upkeep.js';

/** Snapshots one look finds. */
const MOST_FOUND = 500;

/** Removes a snapshot's manifest from the vault, then its row when it is `deleting`; the content is collected later. */
@Injectable()
export class DeletionUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'snapshot-deletion';
  readonly concurrency = 4;
  readonly help = 'See why the vault does not answer; nothing of the snapshot can be used any more meanwhile.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly dataSource: DataSource,
    @InjectRepository(SnapshotEntity) private readonly snapshots: Repository<SnapshotEntity>,
    private readonly lifecycle: SnapshotLifecycle,
    private readonly configuration: Configuration,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    return manager.query<NewKeeperItem[]>(
      `SELECT id AS subject, project_id AS "projectId", environment_id AS "environmentId" FROM snapshots s
        WHERE status = 'deleting'
          AND NOT EXISTS (SELECT FROM keeper_items k WHERE k.kind = $1 AND k.subject = s.id::text)
        LIMIT ${MOST_FOUND}`,
      [this.kind],
    );
  }

  async tend({ subject: snapshotId, projectId }: KeeperItemEntity): Promise<void> {
    if (projectId === null) throw new Error(`The deletion of snapshot ${snapshotId} names no project.`);
    const snapshot = await this.snapshots.findOneBy({ id: snapshotId });
    // An attempt that failed may have been followed by another one: never forget what counts.
    if (snapshot !== null && ['completed', 'running', 'queued'].includes(snapshot.status)) return;
    await this.vault.deleteManifest(projectId, snapshotId);
    await this.dataSource.transaction(async (manager) => {
      await this.lifecycle.drop(manager, snapshotId);
      await this.items.put(manager, 'collection', collectionOf(projectId, this.configuration.COLLECTION_PAUSE_SECONDS));
    });
  }
}
