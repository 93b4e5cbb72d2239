import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Announcements } from '../announcements/announcements.js';
import { databaseTime } from '../database/database-time.js';
import { DataSource } from 'typeorm';
import type { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import type { Again, NewKeeperItem, Upkeep } from '../keeper/upkeep.js';
import { snapshotEnded } from '../snapshots/snapshot-announcements.js';
import { UsageLooks } from './usage-looks.js';

const HOUR_MS = 60 * 60 * 1000;

/** Looks once in every hour at what all projects use. */
@Injectable()
export class UsageUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'usage';
  readonly concurrency = 1;
  readonly longestPauseSeconds = 300;
  readonly prunes = true;
  readonly help = 'Look at the log of the workers: what projects use is not written down meanwhile.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly announcements: Announcements,
    private readonly dataSource: DataSource,
    private readonly looks: UsageLooks,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
    this.announcements.listen('usage', snapshotEnded, async (manager, snapshot) => {
      if (snapshot.status === 'completed') await this.looks.completed(manager, snapshot);
    });
  }

  /** There is one, which comes round. */
  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    const rows: unknown[] = await manager.query('SELECT FROM keeper_items WHERE kind = $1', [this.kind]);
    return rows.length === 0 ? [{ subject: 'all' }] : [];
  }

  async tend(_: KeeperItemEntity, signal: AbortSignal): Promise<Again> {
    const now = await databaseTime(this.dataSource.manager);
    await this.looks.look(now);
    await this.looks.expire(now, signal);
    return { afterSeconds: (HOUR_MS - (now.getTime() % HOUR_MS)) / 1000 };
  }
}
