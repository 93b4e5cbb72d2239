import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';

/** Rows one statement removes. */
const BATCH = 5000;

/** Writes down what projects use. Each figure goes in once, whoever is killed where: a look with the hour it is of, a snapshot with its end. */
@Injectable()
export class UsageLooks {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
  ) {}

  /** What all projects have at present goes into the day of `now`; nothing does when somebody has looked in this hour. */
  async look(now: Date): Promise<void> {
    await this.dataSource.query(LOOK, [now]);
  }

  /** In the transaction in which it completes. */
  async completed(manager: EntityManager, { projectId, finishedAt, storedBytes }: SnapshotEntity): Promise<void> {
    await manager.query(COMPLETED, [projectId, finishedAt ?? new Date(), storedBytes ?? 0]);
  }

  /** Removes the days that have had their time. */
  async expire(now: Date, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const rows: { count: string }[] = await this.dataSource.query(EXPIRE, [now, this.configuration.USAGE_DAYS]);
      if (Number(rows[0]?.count) < BATCH) return;
    }
  }
}

const LOOK = `
  INSERT INTO usage_days AS had (project_id, day, organization, project_name, looks, last_look, logical_sum, stored_sum)
  SELECT p.id, ($1::timestamptz AT TIME ZONE 'UTC')::date, p.organization, p.name, 1, date_trunc('hour', $1::timestamptz, 'UTC'),
         coalesce(held.bytes, 0), coalesce(packed.bytes, 0)
    FROM projects p
    LEFT JOIN (
      SELECT project_id, sum(coalesce(database_bytes, 0) + coalesce(filestore_bytes, 0)) AS bytes
        FROM snapshots WHERE status = 'completed' GROUP BY project_id) held ON held.project_id = p.id
    LEFT JOIN (SELECT project, sum(bytes) AS bytes FROM vault.packs GROUP BY project) packed ON packed.project = p.id
   ORDER BY p.id
  ON CONFLICT (project_id, day) DO UPDATE
    SET looks = had.looks + 1, last_look = excluded.last_look, project_name = excluded.project_name,
        logical_sum = had.logical_sum + excluded.logical_sum, stored_sum = had.stored_sum + excluded.stored_sum
  WHERE had.last_look IS NULL OR had.last_look < excluded.last_look`;

const COMPLETED = `
  INSERT INTO usage_days AS had (project_id, day, organization, project_name, added_bytes, snapshots)
  SELECT p.id, ($2::timestamptz AT TIME ZONE 'UTC')::date, p.organization, p.name, $3::bigint, 1 FROM projects p WHERE p.id = $1
  ON CONFLICT (project_id, day) DO UPDATE
    SET added_bytes = had.added_bytes + excluded.added_bytes, snapshots = had.snapshots + 1`;

const EXPIRE = `
  WITH gone AS (
    DELETE FROM usage_days WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM usage_days WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date - $2::integer ORDER BY day LIMIT ${BATCH}
    )) RETURNING 1
  ) SELECT count(*) FROM gone`;
