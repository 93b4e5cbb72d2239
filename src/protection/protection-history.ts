import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { lastDays } from '../calendar/periods.js';
import type { ProtectionDay } from '../contract/generated/types.gen.js';
import { databaseTime } from '../database/database-time.js';
import { NOT_REFUTED } from '../snapshots/restorability/restorability-sql.js';
import { UNCHANGED } from '../snapshots/snapshot-lifecycle.js';
import type { EnvironmentFacts } from './protection-facts.js';

type Asked = Pick<EnvironmentFacts, 'id' | 'timeZone'>;

/** What became of the snapshots of each of the last days. */
@Injectable()
export class ProtectionHistory {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * For each of these environments so many days, the earliest first; the last is today by the environment's zone, and by the database's clock
   * unless `at` says what time it is.
   */
  async of(environments: readonly Asked[], count: number, at?: Date): Promise<Map<string, ProtectionDay[]>> {
    const now = at ?? (await databaseTime(this.dataSource.manager));
    const zones = [...new Set(environments.map(({ timeZone }) => timeZone))];
    // Which moment a day begins at is reckoned here, as retention does it: PostgreSQL may know other rules of a zone.
    const days = zones.flatMap((zone) => lastDays(count, now, zone).map((day) => ({ zone, ...day })));
    const rows: { id: string; date: string; state: ProtectionDay['state'] }[] = await this.dataSource.query(STATES, [
      environments.map(({ id }) => id),
      environments.map(({ timeZone }) => timeZone),
      days.map(({ zone }) => zone),
      days.map(({ date }) => date),
      days.map(({ from }) => from.toISOString()),
      days.map(({ until }) => until.toISOString()),
    ]);
    const found = Map.groupBy(rows, ({ id }) => id);
    return new Map([...found].map(([id, of]) => [id, of.map(({ date, state }) => ({ date, state }))]));
  }
}

const within = (column: string) => `${column} >= day.start AND ${column} < day.until`;

/** Of a day's snapshots one such is enough: each is one step into an index, however many there are. */
const some = (which: string) =>
  `EXISTS (SELECT FROM snapshots s WHERE s.environment_id = asked.id AND ${which} AND ${within('s.created_at')})`;

/** Word for word as in the index of the migration, which would not serve it otherwise. */
const FOUND_UNCHANGED = `r.outcome = 'skipped' AND r.reason ->> 'code' = '${UNCHANGED}'`;

/** Deletions of before it was kept what had been deleted were of completed ones, nearly all: retention deletes no others. */
const someDeleted = (which: string) =>
  `EXISTS (SELECT FROM snapshot_deletions d WHERE d.environment_id = asked.id AND ${which} AND ${within('d.created_at')})`;

const STATES = `
  SELECT asked.id, day.date, CASE
           WHEN ${some(`s.status = 'completed' AND s.restorability = 'proven'`)} THEN 'proven'
           WHEN ${some(`s.status = 'completed' AND s.${NOT_REFUTED}`)}
             OR ${someDeleted(`coalesce(d.status, 'completed') = 'completed' AND d.${NOT_REFUTED}`)}
             OR EXISTS (SELECT FROM schedule_runs r
                         WHERE r.environment_id = asked.id AND ${FOUND_UNCHANGED} AND ${within('r.created_at')}) THEN 'taken'
           WHEN ${some(`s.status = 'failed'`)} OR ${some(`s.status = 'completed' AND s.restorability = 'refuted'`)}
             OR ${someDeleted(`(d.status = 'failed' OR d.restorability = 'refuted')`)} THEN 'failed'
           ELSE 'nothing' END AS state
    FROM unnest($1::uuid[], $2::text[]) AS asked (id, zone)
    JOIN unnest($3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[]) AS day (zone, date, start, until)
      ON day.zone = asked.zone
   ORDER BY asked.id, day.date`;
