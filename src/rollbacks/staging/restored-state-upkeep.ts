import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import type { NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { RestoredStates } from '../../snapshots/restored/restored-states.js';

/**
 * Notes of states that are not there any more: each is written down in a rollback's log, or is a standby, before anything is noted of it. What is
 * live, is kept for an undo or a safety snapshot, stands by or is being built stays.
 */
const FORGOTTEN = `
  SELECT r.id::text AS subject, e.project_id AS "projectId", e.id AS "environmentId"
    FROM restored_states r JOIN environments e ON e.id = r.environment_id
   WHERE e.state_id IS DISTINCT FROM r.id
     AND NOT EXISTS (SELECT FROM standbys s WHERE s.id = r.id)
     AND NOT EXISTS (
       SELECT FROM rollback_logs l WHERE l.environment_id = r.environment_id
          AND (l.state_id = r.id AND l.status IN ('queued', 'running')
            OR l.state_before = r.id AND (l.kept_database IS NOT NULL OR l.kept_directory IS NOT NULL)))`;

@Injectable()
export class RestoredStateUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'restored-state';
  readonly concurrency = 1;
  readonly help = 'It is tried again; nothing depends on it.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly states: RestoredStates,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    return manager.query(FORGOTTEN);
  }

  async tend({ subject }: KeeperItemEntity): Promise<void> {
    await this.states.remove(subject);
  }
}
