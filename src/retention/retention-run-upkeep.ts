import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditExpiry } from '../audit/audit-expiry.js';
import { Configuration } from '../config/configuration.js';
import { databaseTime } from '../database/database-time.js';
import { KeeperItems } from '../keeper/keeper-items.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import type { Again, Upkeep } from '../keeper/upkeep.js';
import { nextDailyRun } from './daily-run.js';
import { PinExpiry } from './pin-expiry.js';
import { removeExpiredRows } from './expired-rows.js';

/** Environments whose ids are held in memory at a time. */
const BATCH = 500;

/**
 * The daily run: has every environment's snapshots pruned, and removes the service's own rows, and entries of the audit, that have had their time. When
 * the next one is due is reckoned by the database's clock.
 */
@Injectable()
export class RetentionRunUpkeep implements Upkeep, OnModuleInit, OnApplicationBootstrap {
  readonly kind = 'retention-run';
  readonly concurrency = 1;
  readonly prunes = true;
  readonly help = 'Look at the log of the workers: nothing is pruned meanwhile.';

  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly pins: PinExpiry,
    private readonly audit: AuditExpiry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** The first one, ever, waits for its hour like any other; a process that is told an earlier hour brings it forward. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.configuration.ROLE === 'api') return;
    const daily = { subject: 'daily', afterSeconds: await this.untilNext() };
    await this.items.putAlone(this.kind, daily);
  }

  async tend(_item: unknown, signal: AbortSignal): Promise<Again> {
    await this.pins.lookAfter(signal);
    await this.pruneAll();
    await removeExpiredRows(this.dataSource, this.configuration, signal);
    await this.audit.run(signal);
    return { afterSeconds: await this.untilNext() };
  }

  private async pruneAll(): Promise<void> {
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const rows: { id: string; projectId: string }[] = await this.dataSource.query(
        `SELECT id, project_id AS "projectId" FROM environments WHERE id > $1 ORDER BY id LIMIT ${BATCH}`,
        [last],
      );
      const items = rows.map(({ id, projectId }) => ({ subject: id, environmentId: id, projectId }));
      if (items.length > 0) await this.items.putAlone('retention', ...items);
      if (rows.length < BATCH) return;
      last = rows.at(-1)?.id ?? last;
    }
  }

  /** Seconds. */
  private async untilNext(): Promise<number> {
    const now = await databaseTime(this.dataSource.manager);
    const next = nextDailyRun(this.configuration, now);
    return Math.max(1, (next.getTime() - now.getTime()) / 1000);
  }
}
