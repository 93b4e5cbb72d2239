import type { EntityManager } from 'typeorm';
import type { NewKeeperItem } from '../keeper/upkeep.js';

/** The rollbacks whose log `l` meets a condition (SQL, with these parameters), as what is left to the workers of their environment. */
export async function logsWhere(
  manager: EntityManager,
  condition: string,
  parameters: readonly unknown[] = [],
): Promise<NewKeeperItem[]> {
  return manager.query(
    `SELECT l.deployment_id::text AS subject, e.project_id AS "projectId", e.id AS "environmentId", e.pool
       FROM rollback_logs l JOIN environments e ON e.id = l.environment_id
      WHERE ${condition}`,
    [...parameters],
  );
}
