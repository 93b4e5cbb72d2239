import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Announcements } from '../announcements/announcements.js';
import { Problem } from '../errors/problem.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import type { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import type { Again, NewKeeperItem, Upkeep } from '../keeper/upkeep.js';
import { environmentChange } from '../projects/environments/environment-announcements.js';
import { scheduleChanged } from '../settings/settings-announcements.js';
import { snapshotEnded } from '../snapshots/snapshot-announcements.js';
import { UNCHANGED } from '../snapshots/snapshot-lifecycle.js';
import { ScheduleRunEntity } from './schedule-run.entity.js';
import { Schedules } from './schedules.js';

/** Environments one look finds. */
const MOST_FOUND = 500;
/** How often an environment is looked at for which its project has a schedule that is not for its type (seconds). */
const WITHOUT_SCHEDULE_SECONDS = 24 * 60 * 60;

/** Looks after the schedule of each environment that may have one, each when its next run is due. */
@Injectable()
export class ScheduleUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'schedule';
  readonly concurrency = 4;
  readonly longestPauseSeconds = 60;
  readonly help = 'Look at the log of the workers: nothing is taken by the schedule meanwhile.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly announcements: Announcements,
    private readonly schedules: Schedules,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
    this.announcements.listen('schedules', scheduleChanged, async (manager, { projectId, environmentIds }) => {
      const items = environmentIds.map((id) => itemOf({ id, projectId }));
      if (items.length > 0) await this.items.put(manager, this.kind, ...items);
    });
    this.announcements.listen('schedules', snapshotEnded, async (manager, { id, status, failure }) => {
      if (status !== 'cancelled' || failure?.code !== UNCHANGED) return;
      const skipped = { outcome: 'skipped', reason: failure, snapshotId: null } as const;
      await manager.update(ScheduleRunEntity, { snapshotId: id }, skipped);
    });
    // Of another type other rules of its project are for it.
    this.announcements.listen('schedules', environmentChange, async (manager, { environment, prospect }) => {
      if (environment.type !== prospect.type) await this.items.put(manager, this.kind, itemOf(environment));
    });
  }

  /** New environments, those of before there were schedules, and those that were brought back. */
  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    const rows: { id: string; projectId: string }[] = await manager.query(
      `SELECT e.id, e.project_id AS "projectId"
         FROM environments e JOIN projects p ON p.id = e.project_id
         LEFT JOIN snapshot_settings s ON s.environment_id = e.id
        WHERE coalesce(jsonb_array_length(s.schedule) > 0, jsonb_path_exists(p.snapshot_defaults, '$[*].schedule[0]'))
          AND NOT EXISTS (SELECT FROM keeper_items k WHERE k.kind = '${this.kind}' AND k.subject = e.id::text)
        LIMIT ${MOST_FOUND}`,
    );
    return rows.map(itemOf);
  }

  async tend({ subject }: KeeperItemEntity): Promise<Again | void> {
    try {
      return { afterSeconds: (await this.schedules.lookAfter(subject)) ?? WITHOUT_SCHEDULE_SECONDS };
    } catch (error) {
      // Deleted since.
      if (error instanceof Problem && error.code === 'not-found') return;
      throw error;
    }
  }
}

function itemOf({ id, projectId }: { id: string; projectId: string }): NewKeeperItem {
  return { subject: id, environmentId: id, projectId };
}
