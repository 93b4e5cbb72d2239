import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { KeeperItems } from './keeper-items.js';
import { UpkeepRegistry } from './upkeep-registry.js';
import type { Again, Upkeep } from './upkeep.js';

/** How often somebody looks for what nobody has told of (seconds). */
const LOOK_SECONDS = 5;

/** Asks every kind for what is left although nobody has said so. An item like others: so one process does it, and always one. */
@Injectable()
export class LookUpkeep implements Upkeep, OnModuleInit, OnApplicationBootstrap {
  readonly kind = 'look';
  readonly concurrency = 1;
  readonly longestPauseSeconds = 60;
  readonly help = 'Look at the log of the workers: what is left behind is not found at present.';

  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.configuration.ROLE !== 'api') await this.items.putFound(this.kind, [{ subject: 'all' }]);
  }

  async tend(): Promise<Again> {
    for (const upkeep of this.registry.all()) {
      if (upkeep.find !== undefined) await this.items.putFound(upkeep.kind, await upkeep.find(this.dataSource.manager));
    }
    return { afterSeconds: LOOK_SECONDS };
  }
}
