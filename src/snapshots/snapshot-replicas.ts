import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';

/** How far the replica is behind. */
export interface ReplicaLag {
  waiting: number;
  /** Since the oldest of them was completed; 0 when none waits. */
  seconds: number;
}

/** Which completed snapshots are in the replica as well, and which are to come there. */
@Injectable()
export class SnapshotReplicas {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The newest completed snapshot of a project that is not in the replica, but for `except`. The newest comes first: it is the one that
   * people want when the vault is lost, and most of what older ones need comes with it.
   */
  async nextOf(projectId: string, except: readonly string[]): Promise<string | undefined> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM snapshots
        WHERE project_id = $1 AND status = 'completed' AND replicated_at IS NULL AND id <> ALL ($2::uuid[])
        ORDER BY finished_at DESC LIMIT 1`,
      [projectId, except],
    );
    return rows[0]?.id;
  }

  /** In the transaction in which it is written down what is in the replica. */
  async note(manager: EntityManager, snapshotId: string): Promise<void> {
    await manager.query(
      `UPDATE snapshots SET replicated_at = clock_timestamp() WHERE id = $1 AND status = 'completed' AND replicated_at IS NULL`,
      [snapshotId],
    );
  }

  /** They are not all there any more: they are copied again. */
  async unnote(manager: EntityManager, snapshotIds: readonly string[]): Promise<void> {
    await manager.query('UPDATE snapshots SET replicated_at = NULL WHERE id = ANY ($1::uuid[])', [snapshotIds]);
  }

  /** Another replica begins: none is there. */
  async unnoteAll(manager: EntityManager): Promise<void> {
    await manager.query('UPDATE snapshots SET replicated_at = NULL WHERE replicated_at IS NOT NULL');
  }

  async lag(): Promise<ReplicaLag> {
    const rows: { waiting: string; seconds: string | null }[] = await this.dataSource.query(
      `SELECT count(*) AS waiting, extract(epoch FROM clock_timestamp() - min(finished_at)) AS seconds
         FROM snapshots WHERE status = 'completed' AND replicated_at IS NULL`,
    );
    return { waiting: Number(rows[0]?.waiting ?? 0), seconds: Math.max(0, Number(rows[0]?.seconds ?? 0)) };
  }
}
