import { runsBetween } from '../calendar/cron-rule.js';
import type { ScheduledRun, SnapshotSettings } from '../contract/generated/types.gen.js';
import type { EffectiveSettings } from './settings-reader.js';

/** Runs to come that are shown. */
const RUNS_SHOWN = 5;

export function toSettingsDto(settings: EffectiveSettings, now: Date = new Date()): SnapshotSettings {
  return {
    environmentId: settings.environmentId,
    autoEnabled: settings.autoEnabled,
    failurePolicy: settings.failurePolicy,
    maxPinned: settings.maxPinned,
    retentionDays: settings.retentionDays,
    timeoutSeconds: settings.timeoutSeconds,
    fullEveryDays: settings.fullEveryDays,
    includeUnloggedTables: settings.includeUnloggedTables,
    maxReadBytesPerSecond: settings.maxReadBytesPerSecond,
    fileReferences: settings.fileReferences,
    undoMinutes: settings.undoMinutes,
    verify: settings.verify,
    verifyRestored: settings.verifyRestored,
    databaseProperties: settings.databaseProperties,
    standby: settings.standby,
    gateRequires: settings.gateRequires,
    timeZone: settings.timeZone,
    schedule: settings.schedule,
    schedulePaused: settings.schedulePaused,
    skipUnchanged: settings.skipUnchanged,
    keepLast: settings.keepLast,
    keepHourly: settings.keepHourly,
    keepDaily: settings.keepDaily,
    keepWeekly: settings.keepWeekly,
    keepMonthly: settings.keepMonthly,
    keepYearly: settings.keepYearly,
    nextRuns: nextRuns(settings, now),
    sources: settings.sources,
    updatedAt: settings.updatedAt.toISOString(),
  };
}

/** What people change of it: its version, for `If-Match`. */
export function toSettingsVersion(settings: EffectiveSettings): Omit<SnapshotSettings, 'nextRuns'> {
  const { nextRuns: _, ...version } = toSettingsDto(settings);
  return version;
}

function nextRuns({ schedule, schedulePaused }: EffectiveSettings, now: Date): ScheduledRun[] {
  if (schedulePaused) return [];
  return schedule
    .flatMap(({ cron, timeZone }) =>
      runsBetween({ cron, timeZone }, now, { most: RUNS_SHOWN }).map((at) => ({
        at: at.toISOString(),
        cron,
        timeZone,
      })),
    )
    .toSorted((one, other) => (one.at < other.at ? -1 : 1))
    .slice(0, RUNS_SHOWN);
}
