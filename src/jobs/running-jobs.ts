import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Quotas } from '../quotas/quotas.js';
import { UNSYNCED } from './unsynced.js';

/** How long what is held back waits, unless something of its organization ends before (seconds). That is told; this is for when it is not. */
export const HELD_BACK_SECONDS = 30;

/** The `group.tier` of jobs that no limit holds back. */
export const NEVER_HELD = 'never-held';

/** One try of a job. */
export interface JobTry {
  id: string;
  queue: string;
  organization: string;
  attempt: number;
  /** It runs whatever the limit is, and counts. */
  neverHeld: boolean;
}

/**
 * Which jobs run, of which organization: on all workers together no more than its quota lets. Whoever begins one and whoever ends one
 * take turns, so that two that begin at once see each other, and a place that becomes free is not missed by one that is being held back.
 * One whose worker has died does not count from when the queue has noticed.
 */
@Injectable()
export class RunningJobs {
  constructor(
    private readonly dataSource: DataSource,
    private readonly quotas: Quotas,
  ) {}

  /** Those whose workers have died go: nobody else ends them. */
  async forgetDead(): Promise<void> {
    await this.dataSource.query(`DELETE FROM running_jobs r WHERE ${IS_DEAD}`);
  }

  /**
   * Whether it may run; from then on it counts until `end`. If not, `handBack` puts it back into its queue, in the same transaction, and
   * what waits of its organization there waits as long: nobody takes each of a thousand up to put it back.
   */
  async begin(job: JobTry, handBack: (manager: EntityManager) => Promise<void>): Promise<boolean> {
    const { id, queue, organization, attempt, neverHeld } = job;
    const claim = [id, queue, organization, attempt];
    if (neverHeld || (await this.limitOf(organization)) === null) {
      await this.dataSource.query(CLAIM, claim);
      return true;
    }
    return this.dataSource.transaction(async (manager) => {
      await takeTurns(manager, organization);
      const limit = await this.limitOf(organization, manager);
      if (limit !== null && (await countOthers(manager, job)) >= limit) {
        await handBack(manager);
        await manager.query(HOLD_BACK, [queue, organization]);
        return false;
      }
      await manager.query(CLAIM, claim);
      return true;
    });
  }

  /** It runs no more, and somebody else of its organization may. */
  async end({ id, organization, attempt }: JobTry): Promise<void> {
    if ((await this.limitOf(organization)) === null) {
      await this.dataSource.query(LET_GO, [id, attempt]);
      return;
    }
    await this.dataSource.transaction(async (manager) => {
      await takeTurns(manager, organization);
      await manager.query(LET_GO, [id, attempt]);
      await manager.query(LET_NEXT, [organization]);
    });
  }

  private async limitOf(organization: string, manager?: EntityManager): Promise<number | null> {
    return (await this.quotas.limits(organization, manager)).runningJobs.limit;
  }
}

async function takeTurns(manager: EntityManager, organization: string): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`running:${organization}`]);
}

async function countOthers(manager: EntityManager, { id, organization }: JobTry): Promise<number> {
  await manager.query(`DELETE FROM running_jobs r WHERE r.organization = $1 AND ${IS_DEAD}`, [organization]);
  const rows: { count: string }[] = await manager.query(
    'SELECT count(*) FROM running_jobs WHERE organization = $1 AND job_id <> $2',
    [organization, id],
  );
  return Number(rows[0]?.count);
}

const IS_DEAD = `NOT EXISTS (SELECT FROM jobs.job j WHERE j.name = r.queue AND j.id = r.job_id AND j.state = 'active')`;

const CLAIM = `
  ${UNSYNCED} INSERT INTO running_jobs (job_id, queue, organization, attempt) SELECT $1::uuid, $2, $3, $4::int FROM unsynced
  ON CONFLICT (job_id) DO UPDATE SET attempt = excluded.attempt`;

const LET_GO = `${UNSYNCED} DELETE FROM running_jobs USING unsynced WHERE job_id = $1 AND attempt = $2`;

const HOLD_BACK = `
  UPDATE jobs.job SET start_after = now() + interval '${HELD_BACK_SECONDS} s'
   WHERE name = $1 AND state < 'active' AND NOT blocked AND start_after <= now()
     AND group_id = $2 AND group_tier IS DISTINCT FROM '${NEVER_HELD}'`;

/** The first in each queue, since nobody may work where the very first waits; those too many are held back again. */
const LET_NEXT = `
  UPDATE jobs.job SET start_after = now()
   WHERE (name, id) IN (
     SELECT q.name, held.id FROM jobs.queue q CROSS JOIN LATERAL (
       SELECT j.id FROM jobs.job j
        WHERE j.name = q.name AND j.state < 'active' AND NOT j.blocked AND j.start_after > now() AND j.group_id = $1
        ORDER BY j.priority DESC, j.created_on LIMIT 1) held)
     AND state < 'active'`;
