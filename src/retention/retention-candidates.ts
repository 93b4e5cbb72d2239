import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { RetentionExtent } from './breaker.js';
import { ruleKey } from '../calendar/cron-rule.js';
import type { CronRule } from '../calendar/cron-rule.js';
import type { RetentionCandidate } from './decide-retention.js';
import { BLOCKED, NOT_REFUTED } from '../snapshots/restorability/restorability-sql.js';
import type { Bounds, Total } from '../database/page.js';

interface Row {
  id: string;
  createdAt: Date;
  pinned: boolean;
  pinHeldUntil: Date | null;
  label: string | null;
  lockedUntil: Date | null;
  schedules: CronRule[];
  unfinishedDifferentials: string;
  usedByRollback: string | null;
  beingVerified: boolean;
  restorability: RetentionCandidate['restorability'];
}

/** How long a pin holds after somebody was told that it expires. */
export const PIN_GRACE = `interval '24 hours'`;

/** Which snapshots may be due at all. */
export interface Scope {
  /** Those that were asked for until then. */
  until: Date;
  /** And those that the schedule took, until this moment. */
  scheduledUntil: Date;
}

/** Where the last batch of snapshots ended. */
export interface Position {
  createdAt: Date;
  id: string;
}

/** The facts that retention decides by. Statements of our own: they ask several features' tables at once. */
@Injectable()
export class RetentionCandidates {
  constructor(private readonly dataSource: DataSource) {}

  async countCompleted(environmentId: string): Promise<Total> {
    const rows: { count: string }[] = await this.dataSource.query(`SELECT ${countOf('$1')} AS count`, [environmentId]);
    return { total: Number(rows[0]?.count), totalIsLowerBound: false };
  }

  /** How many completed snapshots there are, how many the run before expected to be due by now, and whether somebody has to look first. */
  async extent(environmentId: string): Promise<Omit<RetentionExtent, 'due'>> {
    const rows: { completed: string; forecast: number | null; isHeld: boolean }[] = await this.dataSource.query(
      `SELECT ${countOf('e.id')} AS completed,
              (retention_forecast ->> 'due')::integer AS forecast, retention_held AS "isHeld"
         FROM environments e WHERE id = $1`,
      [environmentId],
    );
    const [{ completed = '0', forecast = null, isHeld = false } = {}] = rows;
    return { completed: Number(completed), forecast, isHeld };
  }

  /**
   * Writes down how many the next run may find due: all that will be old enough by then, whatever holds them now, for a pin may
   * go; those that the schedule has taken, and the `expectedRuns` that it will until then. Half a day late it is still the next run.
   */
  async writeForecast(
    environmentId: string,
    { until, scheduledUntil }: Scope,
    { now, expectedRuns }: { now: Date; expectedRuns: number },
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE environments e SET retention_forecast = jsonb_build_object('at', $2::timestamptz, 'due', $5::integer + (
         SELECT count(*) FROM snapshots s
          WHERE s.environment_id = e.id AND s.status = 'completed'
            AND (s.created_at <= $3::timestamptz + interval '36 hours'
                 OR s.trigger = 'scheduled' AND s.created_at <= $4::timestamptz + interval '36 hours')))
        WHERE id = $1`,
      [environmentId, now, until, scheduledUntil, expectedRuns],
    );
  }

  /** A person has looked at what would be deleted. */
  async release(environmentId: string): Promise<void> {
    await this.dataSource.query('UPDATE environments SET retention_held = false WHERE id = $1 AND retention_held', [
      environmentId,
    ]);
  }

  /** Completed snapshots within bounds of `newestFirstOrder`, the one too many included. */
  async completed(environmentId: string, { limit, offset, after }: Bounds): Promise<Position[]> {
    return this.dataSource.query(
      `SELECT id, created_at AS "createdAt" FROM snapshots
        WHERE environment_id = $1 AND status = 'completed'
          AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3`,
      [environmentId, limit + 1, offset, after?.[0] ?? null, after?.[1] ?? null],
    );
  }

  /** The next completed snapshots that nobody pinned and that are within the scope, oldest first. */
  async oldest(
    manager: EntityManager,
    environmentId: string,
    { scope, after, limit }: { scope: Scope; after: Position | null; limit: number },
  ): Promise<Position[]> {
    return manager.query(
      `SELECT id, created_at AS "createdAt" FROM snapshots
        WHERE environment_id = $1 AND status = 'completed' AND pinned_at IS NULL
          AND created_at <= GREATEST($2::timestamptz, $3::timestamptz) AND (created_at <= $2 OR trigger = 'scheduled')
          AND ($4::timestamptz IS NULL OR (created_at, id) > ($4, $5::uuid))
        ORDER BY created_at, id LIMIT $6`,
      [environmentId, scope.until, scope.scheduledUntil, after?.createdAt ?? null, after?.id ?? null, limit],
    );
  }

  /**
   * Holds these snapshots until the transaction ends. A rollback that is
   * being requested with one of them has either written that it uses it before this returns, or waits.
   */
  async lock(manager: EntityManager, environmentId: string, ids: readonly string[]): Promise<void> {
    await manager.query(
      `SELECT FROM snapshots WHERE environment_id = $1 AND id = ANY($2)
        ORDER BY id FOR UPDATE`,
      [environmentId, ids],
    );
  }

  /** The facts about these snapshots, and about all others that the decision on them depends on. */
  async load(
    environmentId: string,
    ids: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<RetentionCandidate[]> {
    const rows: Row[] = await manager.query(FACTS, [environmentId, ids]);
    return rows.map(({ schedules, ...row }) => ({
      ...row,
      rules: schedules.map(ruleKey),
      unfinishedDifferentials: Number(row.unfinishedDifferentials),
    }));
  }
}

/** Of the completed ones of an environment: kept by a trigger, however many they are. */
const countOf = (environmentId: string) =>
  `(SELECT coalesce(sum(snapshots), 0) FROM snapshot_counts WHERE environment_id = ${environmentId} AND status = 'completed')`;

const newest = (more: string) =>
  `SELECT id FROM snapshots WHERE environment_id = $1 AND status = 'completed' ${more}
    ORDER BY created_at DESC, id DESC LIMIT 1`;

const FACTS = `
  SELECT s.id, s.created_at AS "createdAt", s.pinned_at IS NOT NULL AS pinned,
         CASE WHEN s.pin_expires_at IS NOT NULL
              THEN GREATEST(s.pin_expires_at, coalesce(s.pin_told_at, now())) + ${PIN_GRACE} END AS "pinHeldUntil",
         coalesce(s.pin_reason, s.label) AS label, s.locked_until AS "lockedUntil", s.schedules,
         (SELECT count(*) FROM snapshots d
           WHERE d.base_snapshot_id = s.id AND d.status IN ('queued', 'running')) AS "unfinishedDifferentials",
         (SELECT r.deployment_id FROM rollback_logs r
           WHERE r.status IN ('queued', 'running') AND (r.snapshot_id = s.id OR r.safety_snapshot_id = s.id)
           ORDER BY r.created_at LIMIT 1) AS "usedByRollback",
         EXISTS (SELECT FROM snapshot_verifications v
                  WHERE v.snapshot_id = s.id AND v.status <> 'ended') AS "beingVerified",
         CASE WHEN s.restorability = 'refuted' THEN 'refuted'
              WHEN s.${BLOCKED} THEN 'blocked'
              ELSE 'restorable' END AS restorability
    FROM snapshots s
   WHERE s.environment_id = $1 AND s.status = 'completed'
     AND (s.id = ANY($2) OR s.id IN ((${newest('')}), (${newest(`AND ${NOT_REFUTED}`)}), (${newest(`AND ${NOT_REFUTED} AND NOT ${BLOCKED}`)})))`;
