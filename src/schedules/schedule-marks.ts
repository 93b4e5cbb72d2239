import type { EntityManager } from 'typeorm';
import { ruleKey } from '../calendar/cron-rule.js';
import type { Protection } from '../settings/protection.js';
import type { Mark } from './decide-runs.js';

/** Until when each entry of an environment's schedule has been looked after. The environment's row is locked by whoever asks. */
export async function marksOf(manager: EntityManager, environmentId: string): Promise<Mark[]> {
  return manager.query(
    'SELECT rule, looked_after_until AS "lookedAfterUntil", was_paused AS "wasPaused" FROM schedule_marks WHERE environment_id = $1',
    [environmentId],
  );
}

/** All of them are looked after until now; what the schedule does not say any more is forgotten. A clock that was set back takes nothing back. */
export async function setMarks(
  manager: EntityManager,
  environmentId: string,
  { schedule, schedulePaused }: Pick<Protection, 'schedule' | 'schedulePaused'>,
  now: Date,
): Promise<void> {
  const rules = schedule.map(ruleKey);
  await manager.query('DELETE FROM schedule_marks WHERE environment_id = $1 AND rule <> ALL ($2::text[])', [
    environmentId,
    rules,
  ]);
  await manager.query(
    `INSERT INTO schedule_marks AS m (environment_id, rule, looked_after_until, was_paused)
     SELECT $1, rule, $3, $4 FROM unnest($2::text[]) AS rule
     ON CONFLICT (environment_id, rule) DO UPDATE
        SET looked_after_until = GREATEST(m.looked_after_until, EXCLUDED.looked_after_until), was_paused = $4`,
    [environmentId, rules, now, schedulePaused],
  );
}
