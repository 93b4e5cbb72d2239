import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { query } from '../harness/database.js';

/**
 * A project with so many environments that nobody looks after, each with an hourly schedule: one in fifty has no snapshot, one in twenty-five is
 * overdue, and of the others the last days are there.
 */
export async function plantEnvironments(
  state: DatabaseAddress,
  { project, count, perProject = 10 }: { project: string; count: number; perProject?: number },
): Promise<void> {
  const hourly = JSON.stringify([{ cron: '0 * * * *', timeZone: 'UTC' }]);
  await query(
    state,
    `WITH projects_made AS (
       INSERT INTO projects (name, organization)
       SELECT '${project}-' || lpad(n::text, 3, '0'), 'acme' FROM generate_series(1, ${Math.ceil(count / perProject)}) n
       RETURNING id, name),
     made AS (
       INSERT INTO environments (project_id, name, type, filestore_path, pool)
       SELECT p.id, CASE k % 3 WHEN 0 THEN 'production' WHEN 1 THEN 'staging' ELSE 'review' END || '-' || k,
              CASE k % 3 WHEN 0 THEN 'production' WHEN 1 THEN 'staging' ELSE 'development' END,
              '/nowhere/' || p.name || '/' || k, 'nobody'
         FROM projects_made p CROSS JOIN generate_series(1, ${perProject}) k
       RETURNING id, project_id),
     numbered AS (SELECT id, project_id, row_number() OVER (ORDER BY id) AS n FROM made),
     settings AS (
       INSERT INTO snapshot_settings (environment_id, schedule) SELECT id, '${hourly}' FROM made)
     INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, created_at, restorability, proven_at)
     SELECT id, project_id, 'scheduled', 'completed', 'schedule', at, CASE WHEN day % 2 = 0 THEN 'proven' ELSE 'expected' END,
            CASE WHEN day % 2 = 0 THEN at END
       FROM numbered CROSS JOIN generate_series(0, 5) day
      CROSS JOIN LATERAL (SELECT now() - make_interval(days => day, mins => CASE WHEN n % 25 = 0 THEN 400 ELSE 20 END) AS at) t
      WHERE n % 50 <> 1`,
  );
}
