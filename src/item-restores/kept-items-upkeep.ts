import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import type { NewKeeperItem, Upkeep } from '../keeper/upkeep.js';
import { EXPIRED, KeptItems } from './kept-items.js';

/** One look finds so many. */
const MOST_FOUND = 500;

/** What restored items have replaced, once the time for an undo is over. */
@Injectable()
export class KeptItemsUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'kept-items';
  readonly concurrency = 1;
  readonly help = 'Look at the log of the workers.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly kept: KeptItems,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    const rows = await manager.query<{ id: string }[]>(
      `SELECT id FROM item_restores WHERE ${EXPIRED} LIMIT ${MOST_FOUND}`,
    );
    return rows.map(({ id }) => ({ subject: id }));
  }

  async tend({ subject }: KeeperItemEntity): Promise<void> {
    await this.kept.expire(subject);
  }
}
