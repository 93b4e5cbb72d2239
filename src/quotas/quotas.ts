import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { statementsOf } from '../audit/chain/statements.js';
import { Configuration } from '../config/configuration.js';
import { errors } from '../errors/catalogue.js';
import { limitsOf, QUOTAS } from './quota-limits.js';
import type { QuotaLimit, QuotaLimits, QuotaName } from './quota-limits.js';
import { ownLimits, useOf } from './quota-use.js';

export interface QuotaState extends QuotaLimit {
  name: QuotaName;
  used: number;
}

/**
 * What each organization may have, and whether it may have more. Limits are read anew each time, since an operator changes them at any
 * time. Of two who ask for the last one at a time one gets it: who asks holds the organization's turn until its transaction ends. Whoever
 * holds an environment, too, has locked that first. Where there is no limit nobody waits for anybody.
 */
@Injectable()
export class Quotas {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
  ) {}

  async limits(organization: string, manager: EntityManager = this.dataSource.manager): Promise<QuotaLimits> {
    return limitsOf(await ownLimits(statementsOf(manager), organization), this.configuration);
  }

  /** Every limit, and how much there is of each. */
  async state(organization: string): Promise<QuotaState[]> {
    const limits = await this.limits(organization);
    return Promise.all(
      QUOTAS.map(async (name) => ({ name, ...limits[name], used: await this.used(organization, name) })),
    );
  }

  /** What there is a limit of, of so many organizations at the most, by name. */
  async limited(most: number): Promise<{ organization: string; name: QuotaName; used: number; limit: number }[]> {
    const rows: { organization: string }[] = await this.dataSource.query(
      'SELECT DISTINCT organization FROM projects ORDER BY organization LIMIT $1',
      [most],
    );
    const found: { organization: string; name: QuotaName; used: number; limit: number }[] = [];
    for (const { organization } of rows) {
      const limits = await this.limits(organization);
      for (const name of QUOTAS) {
        const { limit } = limits[name];
        if (limit !== null) found.push({ organization, name, limit, used: await this.used(organization, name) });
      }
    }
    return found;
  }

  /** Throws `quota-environments-reached`. */
  async admitEnvironment(manager: EntityManager, organization: string): Promise<void> {
    const { environments } = await this.limits(organization, manager);
    await this.admit(manager, organization, { environments });
  }

  /** Throws `quota-snapshots-reached` or `quota-stored-bytes-reached`. */
  async admitSnapshot(manager: EntityManager, organization: string): Promise<void> {
    const { snapshots, storedBytes } = await this.limits(organization, manager);
    await this.admit(manager, organization, { snapshots, storedBytes });
  }

  /** Throws `quota-waiting-jobs-reached`. */
  async admitWaiting(manager: EntityManager, organization: string): Promise<void> {
    const { waitingJobs } = await this.limits(organization, manager);
    await this.admit(manager, organization, { waitingJobs });
  }

  /** For what was admitted a while ago: throws `quota-stored-bytes-reached`, and holds nothing. */
  async refuseWhenFull(organization: string): Promise<void> {
    const { storedBytes } = await this.limits(organization);
    await this.refuseReached(this.dataSource.manager, organization, 'storedBytes', storedBytes.limit);
  }

  private async admit(
    manager: EntityManager,
    organization: string,
    limits: Partial<Record<QuotaName, QuotaLimit>>,
  ): Promise<void> {
    const asked = QUOTAS.filter((name) => typeof limits[name]?.limit === 'number');
    if (asked.length === 0) return;
    await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`quota:${organization}`]);
    for (const name of asked) await this.refuseReached(manager, organization, name, limits[name]?.limit ?? null);
  }

  private async refuseReached(
    manager: EntityManager,
    organization: string,
    name: QuotaName,
    limit: number | null,
  ): Promise<void> {
    if (limit === null) return;
    const used = await this.used(organization, name, manager);
    if (used >= limit) throw reached(name, used, limit);
  }

  private used(organization: string, name: QuotaName, manager: EntityManager = this.dataSource.manager) {
    return useOf(statementsOf(manager), organization, name);
  }
}

function reached(name: QuotaName, used: number, limit: number) {
  switch (name) {
    case 'environments':
      return errors.quotaEnvironmentsReached(used, limit);
    case 'snapshots':
      return errors.quotaSnapshotsReached(used, limit);
    case 'storedBytes':
      return errors.quotaStoredBytesReached(used, limit);
    default:
      return errors.quotaWaitingJobsReached(used, limit);
  }
}
