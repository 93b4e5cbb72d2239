import { Injectable, Logger } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../audit/audited.js';
import { ruleKey } from '../calendar/cron-rule.js';
import type { CronRule } from '../calendar/cron-rule.js';
import { Configuration } from '../config/configuration.js';
import type { Finding } from '../contract/generated/types.gen.js';
import { databaseTime } from '../database/database-time.js';
import type { EnvironmentEntity } from '../projects/environments/environment.entity.js';
import { EnvironmentReader } from '../projects/environments/environment-reader.js';
import { refusedByQuota } from '../quotas/quota-refusal.js';
import { SettingsReader } from '../settings/settings-reader.js';
import type { EffectiveSettings } from '../settings/settings-reader.js';
import { SnapshotLifecycle } from '../snapshots/snapshot-lifecycle.js';
import { aboutSnapshot, toSnapshotDto } from '../snapshots/snapshot.dto.js';
import { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { dueRuns, jitterMs, nextDue } from './decide-runs.js';
import type { DueRuns, Runs } from './decide-runs.js';
import { marksOf, setMarks } from './schedule-marks.js';
import { ScheduleRunEntity } from './schedule-run.entity.js';

/** While a rollback swaps the environment, its run waits for so long (seconds), and is looked at again. */
const BUSY_PAUSE_SECONDS = 10;

/** While it is paused, what was due is written down once in so many seconds. */
const PAUSED_SECONDS = 24 * 60 * 60;

/** Who asks for snapshots of a schedule. */
export const SCHEDULE_SUBJECT = 'schedule';

const MISSED: Finding = {
  code: 'run-missed',
  message: 'Nobody looked after it in time: no worker ran, or the state database was away.',
};
const PAUSED: Finding = { code: 'schedule-paused', message: 'The schedule was paused.' };

/** Runs what is due of an environment's schedule. */
@Injectable()
export class Schedules {
  private readonly logger = new Logger(Schedules.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly settings: SettingsReader,
    private readonly lifecycle: SnapshotLifecycle,
  ) {}

  /**
   * Orders one snapshot for all that is due, or writes down why not, and returns in how many seconds to look again; null where there is no
   * schedule. In one transaction under the environment's lock: a run is looked after once, whoever comes. Throws `not-found` when the
   * environment is gone. `at` is the time it is, by default the database's.
   */
  async lookAfter(environmentId: string, at?: Date): Promise<number | null> {
    return this.dataSource.transaction(async (manager) => {
      const environment = await this.environments.lock(manager, environmentId);
      const now = at ?? (await databaseTime(manager));
      const settings = await this.settings.of(environmentId, manager);
      const marks = await marksOf(manager, environmentId);
      const catchUpMinutes = this.configuration.SCHEDULE_CATCH_UP_MINUTES;
      const due = dueRuns(settings.schedule, marks, { now, catchUpMinutes });
      // What was due while it was paused is not made up for when it goes on.
      if (settings.schedulePaused || marks.some(({ wasPaused }) => wasPaused)) {
        await this.skip(manager, environmentId, due.map(allOf), PAUSED);
      } else {
        if (environment.cutoverBy !== null && due.some(({ run }) => run !== null)) return BUSY_PAUSE_SECONDS;
        await this.run(manager, environment, due);
      }
      await setMarks(manager, environmentId, settings, now);
      return this.untilNext(settings, environmentId, now);
    });
  }

  private async run(manager: EntityManager, environment: EnvironmentEntity, due: readonly DueRuns[]): Promise<void> {
    await this.skip(manager, environment.id, due.flatMap(missedOf), MISSED);
    const runs = due.flatMap(runOf);
    if (runs.length === 0) return;
    const unfinished = await manager.findOneBy(SnapshotEntity, {
      environmentId: environment.id,
      trigger: 'scheduled',
      status: In(['queued', 'running']),
    });
    if (unfinished !== null) return this.skip(manager, environment.id, runs, stillWorking(unfinished));
    const order = {
      trigger: 'scheduled' as const,
      requestedBy: SCHEDULE_SUBJECT,
      schedules: runs.map(({ entry: { cron, timeZone } }) => ({ cron, timeZone })),
    };
    const snapshot = await this.lifecycle.order(manager, environment, order).catch(refusedByQuota);
    if (!('id' in snapshot)) return this.skip(manager, environment.id, runs, snapshot);
    await write(manager, environment.id, runs, { outcome: 'started', snapshotId: snapshot.id });
    audited(manager, { ...aboutSnapshot(snapshot), operation: 'snapshot.create', after: toSnapshotDto(snapshot) });
  }

  private async skip(
    manager: EntityManager,
    environmentId: string,
    skipped: readonly EntryRuns[],
    reason: Finding,
  ): Promise<void> {
    if (skipped.length === 0) return;
    await write(manager, environmentId, skipped, { outcome: 'skipped', reason });
    for (const { entry, until, count } of skipped)
      this.logger.warn(
        { environmentId },
        `The schedule ${ruleKey(entry)} was skipped, ${count} time${count === 1 ? '' : 's'} until ${until.toISOString()}: ${reason.message}`,
      );
  }

  private untilNext(settings: EffectiveSettings, environmentId: string, now: Date): number | null {
    const next = nextDue(settings.schedule, now);
    if (next === null) return null;
    if (settings.schedulePaused) return PAUSED_SECONDS;
    const jitter = jitterMs(environmentId, this.configuration.SCHEDULE_JITTER_SECONDS);
    return (next.getTime() + jitter - now.getTime()) / 1000;
  }
}

/** Runs of an entry. */
interface EntryRuns extends Runs {
  entry: CronRule;
}

function missedOf({ entry, missed }: DueRuns): EntryRuns[] {
  return missed === null ? [] : [{ entry, ...missed }];
}

function runOf({ entry, run }: DueRuns): EntryRuns[] {
  return run === null ? [] : [{ entry, until: run, count: 1 }];
}

function allOf({ entry, run, missed }: DueRuns): EntryRuns {
  const count = (missed?.count ?? 0) + (run === null ? 0 : 1);
  // One of them there is.
  return { entry, until: run ?? missed!.until, count };
}

function stillWorking({ id, status }: SnapshotEntity): Finding {
  return {
    code: 'previous-run-unfinished',
    message: `The snapshot ${id} of an earlier run is still ${status}.`,
  };
}

async function write(
  manager: EntityManager,
  environmentId: string,
  runs: readonly EntryRuns[],
  came: { outcome: 'started'; snapshotId: string } | { outcome: 'skipped'; reason: Finding },
): Promise<void> {
  await manager.insert(
    ScheduleRunEntity,
    runs.map(({ entry, until, count }) => ({
      environmentId,
      rule: ruleKey(entry),
      cron: entry.cron,
      timeZone: entry.timeZone,
      dueAt: until,
      runCount: count,
      createdAt: () => 'clock_timestamp()',
      ...came,
    })),
  );
}
