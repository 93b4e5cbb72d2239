import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { ORGANIZATION } from './service-process.js';

export interface Place {
  projectId: string;
  /** The first one is where most is. */
  environmentIds: string[];
}

/** A project with so many environments, none of which can be reached. The first two are of types of their own, the others are `staging`. */
export async function makeProject(dataSource: DataSource, name: string, environments: number): Promise<Place> {
  const projectId = randomUUID();
  await dataSource.query('INSERT INTO projects (id, organization, name) VALUES ($1, $2, $3)', [
    projectId,
    ORGANIZATION,
    name,
  ]);
  const environmentIds = Array.from({ length: environments }, () => randomUUID());
  await dataSource.query(
    `INSERT INTO environments (id, project_id, name, type, filestore_path)
     SELECT id, $1, 'environment-' || n, CASE n WHEN 1 THEN 'production' WHEN 2 THEN 'development' ELSE 'staging' END, '/nowhere'
       FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, n)`,
    [projectId, environmentIds],
  );
  return { projectId, environmentIds };
}

/**
 * Ended snapshots of one environment, one a minute back from `newest`: nearly all taken by a schedule and completed, of each other
 * status, trigger and restorability a few, some pinned.
 */
export async function addSnapshots(
  dataSource: DataSource,
  { projectId }: Place,
  environmentId: string,
  count: number,
  newest: Date = new Date(),
): Promise<void> {
  await dataSource.query(
    `INSERT INTO snapshots (environment_id, project_id, trigger, status, restorability, label, pinned_at, requested_by,
                            database_bytes, filestore_bytes, file_count, stored_bytes, created_at, started_at, finished_at)
     SELECT $1, $2, CASE n % 50 WHEN 1 THEN 'manual' WHEN 2 THEN 'pre_deploy' WHEN 3 THEN 'safety' ELSE 'scheduled' END,
            status, CASE WHEN status = 'completed' THEN CASE WHEN n % 997 = 0 THEN 'refuted' WHEN n % 101 = 0 THEN 'doubtful'
                                                             WHEN n % 20 = 0 THEN 'proven' ELSE 'expected' END END,
            'snapshot ' || n, CASE WHEN n % 1009 = 5 THEN at END, 'bench', n * 1000, n * 100, n % 1000, n * 10, at, at,
            at + interval '3 seconds'
       FROM generate_series(1, $3::int) n,
            LATERAL (SELECT $4::timestamptz - n * interval '1 minute' AS at,
                            CASE n % 100 WHEN 7 THEN 'failed' WHEN 8 THEN 'failed' WHEN 9 THEN 'cancelled' ELSE 'completed' END AS status) given`,
    [environmentId, projectId, count, newest],
  );
}

/** Of each of these as many as there are snapshots: what the schedule did, rollbacks that have ended, what the audit has. */
export async function addHistory(
  dataSource: DataSource,
  { projectId }: Place,
  environmentId: string,
  count: number,
): Promise<void> {
  const given = [environmentId, count];
  await dataSource.query(
    `INSERT INTO schedule_runs (environment_id, rule, cron, time_zone, due_at, outcome, created_at)
     SELECT $1, 'each minute', '* * * * *', 'UTC', at, 'skipped', at
       FROM generate_series(1, $2::int) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) given`,
    given,
  );
  await dataSource.query(
    `WITH done AS (
       INSERT INTO deployments (environment_id, kind, status, requested_by, created_at, finished_at)
       SELECT $1, CASE n % 10 WHEN 0 THEN 'rollback' ELSE 'deploy' END, 'completed', 'bench', at, at
         FROM generate_series(1, $2::int) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) given
       RETURNING id, kind, created_at)
     INSERT INTO rollback_logs (deployment_id, environment_id, source_environment_id, create_safety_snapshot, status,
                                requested_by, created_at)
     SELECT id, $1, $1, false, 'completed', 'bench', created_at FROM done WHERE kind = 'rollback'`,
    given,
  );
  await dataSource.query(
    `INSERT INTO audit_entries (organization, sequence, version, at, actor, actor_kind, operation, outcome, project_id,
                                environment_id, subject_kind, subject_id, previous_hash, hash)
     SELECT $4, n, 1, now() - ($2 - n) * interval '1 minute', CASE n % 1000 WHEN 0 THEN 'seldom' ELSE 'often' END, 'caller',
            'snapshotCreate', CASE n % 500 WHEN 0 THEN 'refused' ELSE 'done' END, $3, $1, 'snapshot', gen_random_uuid()::text, '', ''
       FROM generate_series(1, $2::int) n`,
    [...given, projectId, ORGANIZATION],
  );
}
