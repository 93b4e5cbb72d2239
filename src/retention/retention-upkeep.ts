import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Announcements } from '../announcements/announcements.js';
import { Problem } from '../errors/problem.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import type { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { NotDone } from '../keeper/upkeep.js';
import type { Upkeep } from '../keeper/upkeep.js';
import { snapshotEnded } from '../snapshots/snapshot-announcements.js';
import { RetentionService, RetentionStopped, STOPPED } from './retention.service.js';

/** Prunes one environment. One that would lose more than usual waits for a person. */
@Injectable()
export class RetentionUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'retention';
  readonly concurrency = 2;
  readonly prunes = true;
  readonly help =
    'Look at the retention plan. Confirm it with operationConfirm, or change what it follows from: the settings, a pin, the clock of the database.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly announcements: Announcements,
    private readonly retention: RetentionService,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
    // What its schedule keeps so many of it keeps at any time, and not only after the daily run.
    this.announcements.listen('retention', snapshotEnded, async (manager, snapshot) => {
      const { status, schedules, environmentId, projectId } = snapshot;
      if (status !== 'completed' || schedules.length === 0) return;
      await this.items.put(manager, this.kind, { subject: environmentId, environmentId, projectId });
    });
  }

  async tend({ subject: environmentId, data }: KeeperItemEntity): Promise<void> {
    const confirmed = typeof data['confirmedDeletions'] === 'number' ? data['confirmedDeletions'] : 0;
    try {
      await this.retention.apply(environmentId, { confirmed });
    } catch (error) {
      // Deleted since, and its snapshots with it.
      if (error instanceof Problem && error.code === 'not-found') return;
      if (!(error instanceof RetentionStopped)) throw error;
      throw new NotDone(error.finding, true, { due: error.due });
    }
  }

  confirmed({ failure, data }: KeeperItemEntity): Record<string, unknown> | null {
    return failure?.code === STOPPED ? { confirmedDeletions: data['due'] } : null;
  }
}
