import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { toFinding } from '../errors/finding.js';
import type { KeeperItemEntity } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { type NewKeeperItem, NotDone, type Upkeep } from '../keeper/upkeep.js';
import { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { Provisioning } from './provisioning.js';

/** Longer than making a database and a directory takes: whoever was at it is dead. */
const FORGOTTEN_MINUTES = 10;
/** One look finds so many. */
const MOST_FOUND = 100;

/** Environments that somebody died in the middle of making: they go. */
@Injectable()
export class ProvisioningUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'provisioning';
  readonly concurrency = 1;
  readonly help = 'Look at the log of the workers.';

  constructor(
    private readonly registry: UpkeepRegistry,
    private readonly dataSource: DataSource,
    private readonly provisioning: Provisioning,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    const rows = await manager.query<{ id: string; projectId: string; pool: string }[]>(
      `SELECT e.id, e.project_id AS "projectId", e.pool FROM environments e WHERE ${FORGOTTEN} LIMIT ${MOST_FOUND}`,
    );
    return rows.map(({ id, ...whose }) => ({ subject: id, environmentId: id, ...whose }));
  }

  async tend({ subject }: KeeperItemEntity): Promise<void> {
    const { manager } = this.dataSource;
    const [found] = await manager.query<{ id: string }[]>(
      `SELECT e.id FROM environments e WHERE e.id = $1 AND ${FORGOTTEN}`,
      [subject],
    );
    const environment = found && (await manager.findOneBy(EnvironmentEntity, { id: subject }));
    if (!environment) return;
    await this.provisioning.undo(environment).catch((error: unknown) => {
      throw new NotDone(toFinding(error));
    });
  }
}

/** SQL about an environment `e`: it was to be made, and no rollback fills it. */
const FORGOTTEN = `e.provisioned_from ->> 'snapshotId' IS NOT NULL AND e.provisioned_from ->> 'deploymentId' IS NULL
  AND e.created_at < now() - interval '${FORGOTTEN_MINUTES} minutes'
  AND NOT EXISTS (SELECT FROM rollback_logs l WHERE l.environment_id = e.id)`;
