import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Finding } from '../../contract/generated/types.gen.js';
import { findLateWrites } from '../../engine/restore/cutover/late-writes.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import type { Upkeep } from '../../keeper/upkeep.js';
import type { RollbackLogEntity } from '../rollback-log.entity.js';
import { logsWhere } from '../rollback-logs-where.js';
import { RollbackReader } from '../rollback-reader.js';

/** Those who were thrown out come back first, and whoever keeps a file open has had time to write into it. */
const AFTER_SECONDS = 2;

const KIND = 'late-writes';

/**
 * What was written into the previous filestore when it was not live any more. Looked for a moment after the rollback, which nobody
 * waits for: to look at every file takes longer than the swap.
 */
@Injectable()
export class LateWrites implements Upkeep, OnModuleInit {
  readonly kind = KIND;
  readonly concurrency = 1;
  readonly help = 'Look into the previous directory for what was written into it after the swap.';

  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: UpkeepRegistry,
    private readonly items: KeeperItems,
    private readonly reader: RollbackReader,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** Has them looked for, and told in the log, once the transaction is committed. */
  async order(manager: EntityManager, { deploymentId }: RollbackLogEntity): Promise<void> {
    const logs = await logsWhere(manager, 'l.deployment_id = $1 AND l.kept_directory IS NOT NULL', [deploymentId]);
    await this.items.put(manager, KIND, ...logs.map((log) => ({ ...log, afterSeconds: AFTER_SECONDS })));
  }

  /** What there is by now; of a previous state that is not kept, before it is removed. */
  async look({ keptDirectory, journal }: RollbackLogEntity): Promise<Finding[]> {
    if (keptDirectory === null || journal === null) return [];
    const names = await findLateWrites(keptDirectory, journal);
    if (names.length === 0) return [];
    const message = `These were written into the previous directory during or after the swap, and are not in the new one: ${names.join(', ')}. Copy what is needed from the kept directory, and let the application reopen its files.`;
    return [{ code: KIND, message }];
  }

  async tend({ subject }: KeeperItemEntity): Promise<void> {
    const log = await this.reader.byDeployment(subject);
    const findings = log === null ? [] : await this.look(log);
    if (findings.length === 0) return;
    await this.dataSource.query(
      `UPDATE rollback_logs SET warnings = warnings || $2::jsonb WHERE deployment_id = $1 AND NOT warnings @> $3::jsonb`,
      [subject, JSON.stringify(findings), JSON.stringify([{ code: KIND }])],
    );
  }
}
