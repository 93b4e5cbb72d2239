import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import { NotDone } from '../../keeper/upkeep.js';
import type { NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { logsWhere } from '../rollback-logs-where.js';
import { SafetySnapshots } from './safety-snapshots.js';

/** Safety snapshots that failed or were cancelled: another one is taken, until one is completed or a person says that none is needed. */
@Injectable()
export class SafetyUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'safety-snapshot';
  /** It waits for captures, which have limits of their own. */
  readonly concurrency = 10;
  readonly help =
    'The previous state is kept until a snapshot of it is completed. Remove what is in the way and retry, undo the rollback, or give the safety snapshot up.';
  readonly canBeGivenUp = true;

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly safety: SafetySnapshots,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    return logsWhere(
      manager,
      `l.safety = 'wanted' AND l.status = 'completed'
         AND NOT EXISTS (SELECT FROM snapshots s WHERE s.id = l.safety_snapshot_id AND s.status IN ('queued', 'running'))
         AND NOT EXISTS (SELECT FROM rollback_logs u WHERE u.undo_of = l.deployment_id AND u.status IN ('queued', 'running'))`,
    );
  }

  async tend({ subject }: KeeperItemEntity, signal: AbortSignal): Promise<void> {
    const begun = await this.safety.again(subject);
    if (begun === null) return;
    const snapshot = await this.safety.ended(begun.id, signal);
    if (snapshot?.status === 'completed') return;
    const why = snapshot?.failure?.message ?? `It is ${snapshot?.status ?? 'gone'}.`;
    throw new NotDone({
      code: 'safety-snapshot-failed',
      message: `No safety snapshot of the state before the rollback could be taken. ${why}`,
    });
  }

  async givenUp(manager: EntityManager, { subject }: KeeperItemEntity): Promise<void> {
    await this.safety.giveUp(manager, subject);
    // A worker that died may have left it open, and no capture closes it any more.
    await this.items.put(manager, 'kept-state', ...(await logsWhere(manager, 'l.deployment_id = $1', [subject])));
  }
}
