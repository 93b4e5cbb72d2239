import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import type { Again, NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { KeptDoors } from '../safety/kept-doors.js';
import { KeptStates } from './kept-states.js';
import { logsWhere } from '../rollback-logs-where.js';

/** How long to wait for a rollback or a capture that may be using it. */
const IN_USE_SECONDS = 15;

/** Previous states whose time for an undo is over; and those whose safety snapshot was given up, which may be open. */
@Injectable()
export class KeptStateUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'kept-state';
  readonly concurrency = 2;
  readonly help = 'Remove what is in the way and retry, or give it up and remove the previous state yourself.';
  readonly canBeGivenUp = true;

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly kept: KeptStates,
    private readonly doors: KeptDoors,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    return logsWhere(
      manager,
      `l.kept_until IS NOT NULL AND (l.kept_until <= now() OR l.undo_expired_at IS NOT NULL) AND l.safety <> 'wanted'`,
    );
  }

  async tend({ subject }: KeeperItemEntity): Promise<Again | void> {
    if (await this.kept.expire(subject)) return { afterSeconds: IN_USE_SECONDS };
    if (await this.doors.closeUnwanted(subject)) return { afterSeconds: IN_USE_SECONDS };
  }

  async givenUp(manager: EntityManager, { subject }: KeeperItemEntity): Promise<void> {
    await this.kept.forget(manager, subject);
  }
}
