import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { NewKeeperItem } from '../keeper/upkeep.js';
import { SnapshotReplicas } from '../snapshots/snapshot-replicas.js';

/** Which place the replica is at, and which projects it has anything of. */
@Injectable()
export class ReplicaProjects {
  constructor(
    private readonly dataSource: DataSource,
    private readonly snapshots: SnapshotReplicas,
  ) {}

  /** Whether snapshots are known to be at this place. */
  async isFilled(place: string): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `SELECT FROM replica_place WHERE place = $1
          AND EXISTS (SELECT FROM replica_snapshots WHERE copied_at IS NOT NULL)`,
      [place],
    );
    return rows.length > 0;
  }

  /**
   * What is known is of this place from now on. When it was of another one all of it is forgotten: what lies at the new place is found by
   * looking, and what is not there is copied.
   */
  async bind(place: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const written: unknown[] = await manager.query(
        `INSERT INTO replica_place AS r (place) VALUES ($1)
         ON CONFLICT (single) DO UPDATE SET place = EXCLUDED.place WHERE r.place <> EXCLUDED.place RETURNING place`,
        [place],
      );
      if (written.length === 0) return;
      await manager.query('DELETE FROM replica_snapshots');
      await manager.query('DELETE FROM replica_packs');
      await manager.query('DELETE FROM replica_projects');
      await this.snapshots.unnoteAll(manager);
    });
  }

  /** From now on somebody looks after it. */
  async know(projectId: string): Promise<void> {
    await this.dataSource.query('INSERT INTO replica_projects (project_id) VALUES ($1) ON CONFLICT DO NOTHING', [
      projectId,
    ]);
  }

  /** Those that are looked after by nobody yet. */
  async unattended(manager: EntityManager, kind: string): Promise<NewKeeperItem[]> {
    const rows: { subject: string; projectId: string | null }[] = await manager.query(
      `SELECT known.id AS subject, p.id AS "projectId"
         FROM (SELECT project_id AS id FROM replica_projects
               UNION
               SELECT id FROM projects p
                WHERE EXISTS (SELECT FROM snapshots s
                               WHERE s.project_id = p.id AND s.status = 'completed' AND s.replicated_at IS NULL)) AS known
         LEFT JOIN projects p ON p.id = known.id
        WHERE NOT EXISTS (SELECT FROM keeper_items k WHERE k.kind = $1 AND k.subject = known.id::text)`,
      [kind],
    );
    return rows.map(({ subject, projectId }) => ({ subject, ...(projectId !== null && { projectId }) }));
  }

  /** Whether nobody has looked through it for so long (hours). */
  async isLookDue(projectId: string, afterHours: number): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      'SELECT FROM replica_projects WHERE project_id = $1 AND looked_at > clock_timestamp() - make_interval(hours => $2)',
      [projectId, afterHours],
    );
    return rows.length === 0;
  }

  async noteLooked(projectId: string): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO replica_projects (project_id, looked_at) VALUES ($1, clock_timestamp())
       ON CONFLICT (project_id) DO UPDATE SET looked_at = EXCLUDED.looked_at`,
      [projectId],
    );
  }

  /** Forgets one of which nothing is left, neither there nor in the service. Resolves to whether that was so. */
  async forgetEmpty(projectId: string): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `WITH gone AS (
         DELETE FROM replica_projects r
          WHERE project_id = $1 AND NOT EXISTS (SELECT FROM projects WHERE id = $1)
            AND NOT EXISTS (SELECT FROM replica_snapshots WHERE project_id = $1)
            AND NOT EXISTS (SELECT FROM replica_packs WHERE project_id = $1) RETURNING project_id)
       SELECT project_id FROM gone`,
      [projectId],
    );
    return rows.length > 0;
  }
}
