import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { SnapshotReplicas } from '../snapshots/snapshot-replicas.js';
import type { ManifestRecord, PackObject } from '../vault/catalogue/catalogue-records.js';
import type { ReplicaLedger, ReplicaPack, ReplicaSnapshot } from '../vault/replica/replica-ledger.js';

/** Rows read at a time. */
const PAGE = 1_000;

/** What is in the replica, in the state database, where with the same commit the snapshots say that they are there. */
@Injectable()
export class StateLedger implements ReplicaLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly snapshots: SnapshotReplicas,
  ) {}

  async intend(project: string, { snapshotId }: ManifestRecord, packs: readonly PackObject[]): Promise<PackObject[]> {
    return this.dataSource.transaction(async (manager) => {
      await knowProject(manager, project);
      const [snapshot]: { number: string; intent: string }[] = await manager.query(
        `INSERT INTO replica_snapshots AS s (project_id, snapshot_id, needs_known, intent) VALUES ($1, $2, true, 1)
         ON CONFLICT (project_id, snapshot_id) DO UPDATE SET needs_known = true, intent = s.intent + 1
         RETURNING number, intent`,
        [project, snapshotId],
      );
      const given = [project, packs.map(({ id }) => id.toString('hex'))];
      await manager.query(
        `INSERT INTO replica_packs (project_id, id, bytes)
         SELECT $1, decode(id, 'hex'), bytes FROM unnest($2::text[], $3::bigint[]) AS given (id, bytes) ORDER BY 2
         ON CONFLICT (project_id, id) DO NOTHING`,
        [...given, packs.map(({ bytes }) => bytes)],
      );
      // Beside what it needed before, until all of it is there: what is whole stays so.
      await manager.query(
        `INSERT INTO replica_pack_uses (snapshot, pack, intent)
         SELECT $3, number, $4 FROM replica_packs
          WHERE project_id = $1 AND id IN (SELECT decode(id, 'hex') FROM unnest($2::text[]) AS given (id)) ORDER BY number
         ON CONFLICT (snapshot, pack) DO UPDATE SET intent = EXCLUDED.intent`,
        [...given, snapshot?.number, snapshot?.intent],
      );
      const missing: { id: Buffer; bytes: string }[] = await manager.query(
        `SELECT p.id, p.bytes FROM replica_pack_uses u JOIN replica_packs p ON p.number = u.pack
          WHERE u.snapshot = $1 AND u.intent = $2 AND p.arrived_at IS NULL ORDER BY p.number`,
        [snapshot?.number, snapshot?.intent],
      );
      return missing.map(({ id, bytes }) => ({ id, bytes: Number(bytes) }));
    });
  }

  async arrived(project: string, packId: Buffer): Promise<void> {
    await this.dataSource.query(
      'UPDATE replica_packs SET arrived_at = clock_timestamp() WHERE project_id = $1 AND id = $2',
      [project, packId],
    );
  }

  async packsToLock(project: string, packIds: readonly Buffer[], until: Date): Promise<Buffer[]> {
    const rows: { id: Buffer }[] = await this.dataSource.query(
      `SELECT id FROM replica_packs
        WHERE project_id = $1 AND id = ANY ($2::bytea[]) AND (locked_until IS NULL OR locked_until < $3) ORDER BY number`,
      [project, packIds, until],
    );
    return rows.map(({ id }) => id);
  }

  async noteLocked(project: string, packIds: readonly Buffer[], until: Date): Promise<void> {
    await this.dataSource.query(
      'UPDATE replica_packs SET locked_until = greatest(locked_until, $3) WHERE project_id = $1 AND id = ANY ($2::bytea[])',
      [project, packIds, until],
    );
  }

  async complete(project: string, snapshotId: string, lockedUntil: Date | null): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `WITH whole AS (
           UPDATE replica_snapshots
              SET copied_at = coalesce(copied_at, clock_timestamp()), locked_until = greatest(locked_until, $3)
            WHERE project_id = $1 AND snapshot_id = $2 RETURNING number, intent)
         DELETE FROM replica_pack_uses u USING whole WHERE u.snapshot = whole.number AND u.intent <> whole.intent`,
        [project, snapshotId, lockedUntil],
      );
      await this.snapshots.note(manager, snapshotId);
    });
  }

  async noteGone(project: string): Promise<void> {
    const there = `EXISTS (SELECT FROM snapshots s WHERE s.id = r.snapshot_id AND s.status = 'completed')`;
    await this.dataSource.query(
      `UPDATE replica_snapshots r
          SET gone_since = coalesce((SELECT d.deleted_at FROM snapshot_deletions d WHERE d.snapshot_id = r.snapshot_id), clock_timestamp())
        WHERE project_id = $1 AND gone_since IS NULL AND NOT ${there}`,
      [project],
    );
    await this.dataSource.query(
      `UPDATE replica_snapshots r SET gone_since = NULL WHERE project_id = $1 AND gone_since IS NOT NULL AND ${there}`,
      [project],
    );
  }

  async expired(project: string, keepDays: number, limit: number): Promise<ReplicaSnapshot[]> {
    const rows: SnapshotRow[] = await this.dataSource.query(
      `SELECT snapshot_id, copied_at FROM replica_snapshots
        WHERE project_id = $1 AND gone_since IS NOT NULL
          AND (locked_until IS NULL OR locked_until <= clock_timestamp())
          AND (copied_at IS NULL OR gone_since <= clock_timestamp() - make_interval(days => $2))
        ORDER BY gone_since LIMIT $3`,
      [project, keepDays, limit],
    );
    return rows.map(toSnapshot);
  }

  async stillLocked(project: string, snapshotId: string, until: Date): Promise<void> {
    await this.dataSource.query(
      `UPDATE replica_snapshots SET locked_until = greatest($3, clock_timestamp() + interval '15 minutes')
        WHERE project_id = $1 AND snapshot_id = $2`,
      [project, snapshotId, until],
    );
  }

  async forgetSnapshot(project: string, snapshotId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM replica_snapshots WHERE project_id = $1 AND snapshot_id = $2', [
      project,
      snapshotId,
    ]);
  }

  async takeIdle(project: string, limit: number): Promise<Buffer[]> {
    const rows: { id: Buffer }[] = await this.dataSource.query(
      `WITH idle AS (
         DELETE FROM replica_packs WHERE number IN (
           SELECT number FROM replica_packs p
            WHERE project_id = $1 AND (locked_until IS NULL OR locked_until <= clock_timestamp())
              AND NOT EXISTS (SELECT FROM replica_pack_uses u WHERE u.pack = p.number)
              AND NOT EXISTS (SELECT FROM replica_snapshots s WHERE s.project_id = $1 AND NOT s.needs_known)
            ORDER BY number LIMIT $2)
         RETURNING id)
       SELECT id FROM idle`,
      [project, limit],
    );
    return rows.map(({ id }) => id);
  }

  async *snapshotsOf(project: string): AsyncGenerator<ReplicaSnapshot> {
    for (let last: string | null = null; ;) {
      const rows: SnapshotRow[] = await this.dataSource.query(
        `SELECT snapshot_id, copied_at FROM replica_snapshots
          WHERE project_id = $1 AND ($2::uuid IS NULL OR snapshot_id > $2) ORDER BY snapshot_id LIMIT ${PAGE}`,
        [project, last],
      );
      yield* rows.map(toSnapshot);
      if (rows.length < PAGE) return;
      last = rows.at(-1)?.snapshot_id ?? null;
    }
  }

  async *packsOf(project: string): AsyncGenerator<ReplicaPack> {
    for (let last = Buffer.alloc(0); ;) {
      const rows: { id: Buffer; bytes: string; arrived: boolean }[] = await this.dataSource.query(
        `SELECT id, bytes, arrived_at IS NOT NULL AS arrived FROM replica_packs
          WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT ${PAGE}`,
        [project, last],
      );
      for (const { id, bytes, arrived } of rows) yield { id, bytes: Number(bytes), arrived };
      if (rows.length < PAGE) return;
      last = Buffer.from(rows.at(-1)?.id ?? last);
    }
  }

  async adopt(project: string, snapshotId: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await knowProject(manager, project);
      await manager.query(
        `INSERT INTO replica_snapshots (project_id, snapshot_id, needs_known, copied_at)
         VALUES ($1, $2, false, clock_timestamp()) ON CONFLICT (project_id, snapshot_id) DO NOTHING`,
        [project, snapshotId],
      );
    });
  }

  async adoptPack(project: string, { id, bytes }: PackObject): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await knowProject(manager, project);
      await manager.query(
        'INSERT INTO replica_packs (project_id, id, bytes) VALUES ($1, $2, $3) ON CONFLICT (project_id, id) DO NOTHING',
        [project, id, bytes],
      );
    });
  }

  async lost(project: string, snapshotId: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE replica_snapshots SET copied_at = NULL WHERE project_id = $1 AND snapshot_id = $2', [
        project,
        snapshotId,
      ]);
      await this.snapshots.unnote(manager, [snapshotId]);
    });
  }

  async lostPack(project: string, packId: Buffer): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE replica_packs SET arrived_at = NULL WHERE project_id = $1 AND id = $2', [
        project,
        packId,
      ]);
      const hurt: { id: string }[] = await manager.query(
        `SELECT s.snapshot_id AS id
           FROM replica_packs p JOIN replica_pack_uses u ON u.pack = p.number JOIN replica_snapshots s ON s.number = u.snapshot
          WHERE p.project_id = $1 AND p.id = $2`,
        [project, packId],
      );
      await this.snapshots.unnote(
        manager,
        hurt.map(({ id }) => id),
      );
    });
  }
}

interface SnapshotRow {
  snapshot_id: string;
  copied_at: Date | null;
}

function toSnapshot({ snapshot_id, copied_at }: SnapshotRow): ReplicaSnapshot {
  return { snapshotId: snapshot_id, copied: copied_at !== null };
}

async function knowProject(manager: EntityManager, project: string): Promise<void> {
  await manager.query('INSERT INTO replica_projects (project_id) VALUES ($1) ON CONFLICT DO NOTHING', [project]);
}
