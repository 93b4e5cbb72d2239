import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EffectiveSettings } from '../settings/settings-reader.js';
import { dueUntil, isKeptByNumberAlone } from './decide-retention.js';
import { ruleKey } from '../calendar/cron-rule.js';
import type { CronRule } from '../calendar/cron-rule.js';
import { expectedRunCount, lastExpectedRun } from './expected-runs.js';
import { expectedAt, ForecastTimeline } from './forecast-timeline.js';
import { chooseKeepers } from './keep-rules.js';
import type { Keepers } from './keep-rules.js';
import { PIN_GRACE } from './retention-candidates.js';
import { policyOf } from './retention-policy.js';
import type { RetentionPolicy } from './retention-policy.js';
import { SnapshotTimeline } from './snapshot-timeline.js';

/** What will be there on a day, as far as can be told: see `RetentionForecast` in the contract. */
export interface Forecast {
  presentCount: number;
  expectedCount: number;
  storedBytes: number | null;
}

/** Snapshots whose sizes those to come are expected to have. */
const OF_LATE = 20;

/** Expectations about what retention will leave. Nothing is decided by them. */
@Injectable()
export class RetentionForecasts {
  constructor(private readonly dataSource: DataSource) {}

  async of(
    environmentId: string,
    settings: EffectiveSettings,
    { now, at }: { now: Date; at: Date },
  ): Promise<Forecast> {
    const policy = policyOf(settings);
    const entries = settings.schedulePaused ? [] : settings.schedule;
    const present = new SnapshotTimeline(this.dataSource.manager, environmentId);
    const keepers = await chooseKeepers(new ForecastTimeline(present, entries, now, at), policy);
    const until = policy.isEmpty ? new Date(0) : dueUntil(policy, at);
    const expectedCount = expectedKept(entries, keepers, { policy, now, at, until });
    const limited = [...policy.keepOfRule.keys()];
    const rows: Record<keyof Sums, string | null>[] = await this.dataSource.query(SUMS, [
      environmentId,
      until,
      [...keepers.keys()].filter((id) => expectedAt(id) === null),
      at,
      limited,
      expectedCount === 0,
    ]);
    const sums = Object.fromEntries(
      Object.entries(rows[0] ?? {}).map(([name, value]) => [name, value === null ? null : Number(value)]),
    ) as unknown as Sums;
    return {
      presentCount: sums.count ?? 0,
      expectedCount,
      storedBytes: storedBytes(sums, expectedCount),
    };
  }
}

/** How many of those to come will be kept: by their age those of entries that do not say how many, and by number those that are older. Pure. */
function expectedKept(
  entries: readonly CronRule[],
  keepers: Keepers,
  { policy, now, at, until }: { policy: RetentionPolicy; now: Date; at: Date; until: Date },
): number {
  const byAge = entries.filter((entry) => !isKeptByNumberAlone([ruleKey(entry)], policy));
  const from = until > now ? until : now;
  const byNumber = [...keepers.keys()].filter((id) => {
    const when = expectedAt(id);
    return when !== null && (byAge.length === 0 || when <= from);
  });
  const kept = expectedRunCount(byAge, from, at) + byNumber.length;
  // The newest is kept whatever is said.
  return kept === 0 && lastExpectedRun(entries, now, new Date(at.getTime() + 1)) !== null ? 1 : kept;
}

/** About the present snapshots that will be kept. Null where there is none. */
export interface Sums {
  count: number | null;
  /** What they added to the vault, together. */
  added: number | null;
  /** What the oldest of them added, and all that it holds. */
  oldestAdded: number | null;
  oldestLogical: number | null;
  /** What one of late added, and held. */
  addedOfLate: number | null;
  logicalOfLate: number | null;
  /** What a byte takes in the vault that was not there before: the most that one of the present ones shows. */
  ratio: number | null;
}

/**
 * About how many bytes are held: the oldest holds all of its own, each other one what it added. Null where no snapshot was
 * taken yet. Pure.
 */
export function storedBytes(sums: Sums, expectedCount: number): number | null {
  if (sums.ratio === null) return null;
  const whole = (logical: number | null) => (logical ?? 0) * (sums.ratio ?? 1);
  const present = (sums.added ?? 0) + Math.max(0, whole(sums.oldestLogical) - (sums.oldestAdded ?? 0));
  const expected = expectedCount * (sums.addedOfLate ?? 0);
  // None of the present ones is left to hold the rest.
  const base = (sums.count ?? 0) === 0 && expectedCount > 0 ? whole(sums.logicalOfLate) : 0;
  return Math.round(present + expected + base);
}

/** $5: the entries of the schedule each of which says how many of its own are kept; $6: the newest of the present ones is the newest of all. */
const SUMS = `
  WITH present AS (
    SELECT s.*, coalesce(s.database_bytes, 0) + coalesce(s.filestore_bytes, 0) AS logical FROM snapshots s
     WHERE s.environment_id = $1 AND s.status = 'completed'
  ), late AS (
    SELECT avg(stored_bytes) AS added, avg(logical) AS logical
      FROM (SELECT * FROM present WHERE stored_bytes IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT ${OF_LATE}) newest
  ), kept AS (
    SELECT * FROM present s
     WHERE id = ANY ($3::uuid[])
        OR ($6 AND id = (SELECT id FROM present ORDER BY created_at DESC, id DESC LIMIT 1))
        OR created_at > $2 AND NOT (schedules <> '[]' AND NOT EXISTS (
             SELECT FROM jsonb_to_recordset(schedules) AS one (cron text, "timeZone" text)
              WHERE one.cron || ' ' || one."timeZone" <> ALL ($5::text[])))
        OR pinned_at IS NOT NULL
           AND (pin_expires_at IS NULL OR GREATEST(pin_expires_at, coalesce(pin_told_at, now())) + ${PIN_GRACE} > $4)
  ), oldest AS (SELECT * FROM kept ORDER BY created_at, id LIMIT 1)
  SELECT (SELECT count(*) FROM kept) AS count, (SELECT sum(stored_bytes) FROM kept) AS added,
         (SELECT stored_bytes FROM oldest) AS "oldestAdded", (SELECT logical FROM oldest) AS "oldestLogical",
         (SELECT added FROM late) AS "addedOfLate", (SELECT logical FROM late) AS "logicalOfLate",
         (SELECT max(stored_bytes / logical::float8) FROM present WHERE logical > 0) AS ratio`;
