import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { nextRun } from '../calendar/cron-rule.js';
import { longestGapSeconds } from '../calendar/longest-gap.js';
import type { EnvironmentType, Finding, SnapshotDefaultsRule, StandbyWhen } from '../contract/generated/types.gen.js';
import { effectiveProtection, SAYS_NOTHING } from '../settings/protection.js';
import type { OwnProtection } from '../settings/protection.js';
import { NOT_REFUTED } from '../snapshots/restorability/restorability-sql.js';

/** What is known of whether an environment is protected. */
export interface EnvironmentFacts {
  id: string;
  name: string;
  type: EnvironmentType;
  organization: string;
  projectId: string;
  projectName: string;
  createdAt: Date;
  /** When the newest snapshot was asked for that is completed and not refuted, or the schedule found nothing changed. */
  lastSuccessful: Date | null;
  lastProven: Date | null;
  /** The longest time between two runs of the schedule; 0: there is none, or it is paused. */
  expectedIntervalSeconds: number;
  nextRun: Date | null;
  isPaused: boolean;
  /** How the newest snapshot failed since the last one that did not. */
  lastFailure: Finding | null;
  /** Why the schedule skipped its last run, if it did. */
  lastSkipped: Finding | null;
  /** In which its days are told apart. */
  timeZone: string;
  standbyWhen: StandbyWhen;
}

/** For so long the event loop may stand still (milliseconds). */
const LONGEST_BLOCK_MS = 50;

/** Statements of our own: they ask several features' tables at once. */
@Injectable()
export class ProtectionFacts {
  constructor(private readonly dataSource: DataSource) {}

  /** So many at the most, by their ids. */
  async ofAll(most: number): Promise<EnvironmentFacts[]> {
    return this.read('true', [most]);
  }

  /** Of those that the caller may see. */
  async ofCaller({ organization, projects }: Caller, most: number): Promise<EnvironmentFacts[]> {
    const seen = 'p.organization = $2 AND ($3::text[] IS NULL OR p.id::text = ANY ($3))';
    return this.read(seen, [most, organization, projects === null ? null : [...projects]]);
  }

  private async read(where: string, values: unknown[]): Promise<EnvironmentFacts[]> {
    const rows: Row[] = await this.dataSource.query(facts(where), values);
    const now = new Date();
    const found: EnvironmentFacts[] = [];
    let began = performance.now();
    for (const row of rows) {
      found.push(toFacts(row, now));
      // Thousands of schedules that nobody has reckoned yet take seconds, in which others want to be answered.
      if (performance.now() - began < LONGEST_BLOCK_MS) continue;
      await nextTurn();
      began = performance.now();
    }
    return found;
  }
}

interface Row extends Omit<
  EnvironmentFacts,
  'lastSuccessful' | 'expectedIntervalSeconds' | 'nextRun' | 'isPaused' | 'lastSkipped' | 'timeZone'
> {
  zone: string | null;
  successful: Date | null;
  schedule: OwnProtection['schedule'];
  paused: boolean | null;
  rules: SnapshotDefaultsRule[];
  lastRun: { outcome: string; at: string; reason: Finding | null } | null;
}

function toFacts({ successful, schedule, paused, zone, rules, lastRun, ...row }: Row, now: Date): EnvironmentFacts {
  const own = { ...SAYS_NOTHING, schedule, schedulePaused: paused, timeZone: zone };
  const { values } = effectiveProtection(own, rules, row.type);
  const entries = values.schedulePaused ? [] : values.schedule;
  const next = entries.map((entry) => nextRun(entry, now)).filter((at) => at !== null);
  const isSkipped = lastRun?.outcome === 'skipped';
  // Nothing had changed since the snapshot that is there.
  const unchanged = isSkipped && lastRun.reason?.code === 'unchanged' ? new Date(lastRun.at) : null;
  return {
    ...row,
    lastSuccessful: successful !== null && unchanged !== null && unchanged > successful ? unchanged : successful,
    expectedIntervalSeconds: longestGapSeconds(entries, now),
    nextRun: next.length === 0 ? null : new Date(Math.min(...next.map((at) => at.getTime()))),
    isPaused: values.schedulePaused && values.schedule.length > 0,
    lastSkipped: isSkipped && unchanged === null ? lastRun.reason : null,
    timeZone: values.timeZone,
  };
}

const newest = (which: string) =>
  `(SELECT s.created_at FROM snapshots s WHERE s.environment_id = e.id AND ${which}
     ORDER BY s.created_at DESC, s.id DESC LIMIT 1)`;

const facts = (where: string) => `
  SELECT e.id, e.name, e.type, e.created_at AS "createdAt", p.organization, p.id AS "projectId", p.name AS "projectName",
         p.snapshot_defaults AS rules, own.schedule, own.schedule_paused AS paused, own.time_zone AS zone,
         coalesce(own.standby, 'off') AS "standbyWhen", good.at AS successful,
         ${newest(`s.status = 'completed' AND s.restorability = 'proven'`)} AS "lastProven",
         (SELECT s.failure FROM snapshots s
           WHERE s.environment_id = e.id AND s.status = 'failed' AND s.created_at > coalesce(good.at, '-infinity')
           ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS "lastFailure",
         (SELECT jsonb_build_object('outcome', r.outcome, 'at', r.created_at, 'reason', r.reason) FROM schedule_runs r
           WHERE r.environment_id = e.id ORDER BY r.created_at DESC, r.id DESC LIMIT 1) AS "lastRun"
    FROM environments e
    JOIN projects p ON p.id = e.project_id
    LEFT JOIN snapshot_settings own ON own.environment_id = e.id
    LEFT JOIN LATERAL (SELECT ${newest(`s.status = 'completed' AND s.${NOT_REFUTED}`)} AS at) good ON true
   WHERE ${where} ORDER BY e.id LIMIT $1`;
