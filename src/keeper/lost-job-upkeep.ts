import type { DataSource, EntityManager } from 'typeorm';
import type { KeeperItemEntity } from './keeper-item.entity.js';
import type { NewKeeperItem, Upkeep } from './upkeep.js';
import type { KeeperKind } from './keeper-item.entity.js';
import type { JobQueue } from '../jobs/job-queue.js';
import { withoutJob } from '../jobs/without-job.js';

/** Items one look finds. */
const MOST_FOUND = 500;

/** A table whose unfinished rows each need a job. */
export interface WorkTable {
  kind: KeeperKind;
  /** Of the job. */
  job: string;
  table: string;
  /** The column that is its id, and the name of that id in the job's data. */
  id: string;
  dataKey: string;
  /** Of rows that have not ended; left out: queued and running. */
  unfinished?: readonly string[];
  /** SQL about the row `w`: it needs no job, besides having ended. */
  unless?: string;
  /** SQL about the row `w`: no limit on running jobs holds its job back. */
  neverHeld: string;
}

/**
 * Queued work and its jobs, which belong together. A job can be lost (a queue keeps one only for some days, a person clears
 * it), and wait where nobody works; then the row would wait for ever. The keeper gives it another one.
 */
export class LostJobUpkeep implements Upkeep {
  readonly kind: KeeperKind;
  readonly concurrency = 1;
  readonly help = 'Look at the log of the workers.';

  constructor(
    private readonly of: WorkTable,
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
  ) {
    this.kind = of.kind;
  }

  async find(manager: EntityManager): Promise<NewKeeperItem[]> {
    const rows: { id: string }[] = await manager.query(
      `SELECT w.${this.of.id} AS id FROM ${this.of.table} w WHERE ${this.needsJob()} LIMIT ${MOST_FOUND}`,
      [this.of.job],
    );
    return rows.map(({ id }) => ({ subject: id }));
  }

  async tend({ subject }: KeeperItemEntity): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      // Held: its worker cannot end it meanwhile, and another one that begins it would have a job.
      const rows: { pool: string; organization: string; neverHeld: boolean }[] = await manager.query(
        `SELECT e.pool, p.organization, ${this.of.neverHeld} AS "neverHeld"
           FROM ${this.of.table} w JOIN environments e ON e.id = w.environment_id JOIN projects p ON p.id = e.project_id
          WHERE ${this.needsJob()} AND w.${this.of.id} = $2 FOR UPDATE OF w`,
        [this.of.job, subject],
      );
      const [row] = rows;
      if (row === undefined) return;
      await this.queue.enqueue(manager, this.of.job, { [this.of.dataKey]: subject }, row);
    });
  }

  /** What waits of an environment goes to the workers of another pool; what one of them has begun, it goes on with. */
  async moveTo(manager: EntityManager, environmentId: string, pool: string): Promise<void> {
    const rows: { id: string; job: string; queue: string; organization: string; neverHeld: boolean }[] =
      await manager.query(
        `SELECT w.${this.of.id} AS id, j.id AS job, j.name AS queue, p.organization, ${this.of.neverHeld} AS "neverHeld"
         FROM ${this.of.table} w JOIN jobs.job j ON j.data ->> '${this.of.dataKey}' = w.${this.of.id}::text
         JOIN environments e ON e.id = w.environment_id JOIN projects p ON p.id = e.project_id
        WHERE w.environment_id = $2 AND w.status IN (${this.unfinished()})
          AND (j.name = $1 OR j.name LIKE $1 || '/%') AND j.state::text IN ('created', 'retry')
          FOR UPDATE OF j SKIP LOCKED`,
        [this.of.job, environmentId],
      );
    for (const { id, job, queue, ...whose } of rows) {
      await this.queue.cancel(manager, queue, job);
      await this.queue.enqueue(manager, this.of.job, { [this.of.dataKey]: id }, { pool, ...whose });
    }
  }

  private unfinished(): string {
    return (this.of.unfinished ?? ['queued', 'running']).map((status) => `'${status}'`).join(', ');
  }

  /** Of the row `w`, $1 being the job: it has not ended, and nothing of the queue is about it. */
  private needsJob(): string {
    const { id, dataKey, unless } = this.of;
    return `w.status IN (${this.unfinished()}) ${unless === undefined ? '' : `AND NOT (${unless})`}
      AND ${withoutJob(`w.${id}`, dataKey)}`;
  }
}
