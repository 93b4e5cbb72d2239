import type { SettingSource } from '../../../sdk/typescript/index.js';
import { bytes, count } from '../../ui/amounts.js';
import type { Draft, SettingName } from './settings-schema.js';

interface Common {
  name: SettingName;
  label: string;
  about: string;
}

export type Setting =
  | (Common & { kind: 'switch' })
  | (Common & { kind: 'number'; unit: string })
  | (Common & { kind: 'choice'; choices: readonly (readonly [value: string, label: string])[] })
  | (Common & { kind: 'rate' | 'query' | 'zone' | 'schedule' });

export interface SettingGroup {
  id: string;
  title: string;
  settings: readonly Setting[];
}

/** In the order in which a snapshot comes to be, is kept and is used. */
export const GROUPS: readonly SettingGroup[] = [
  {
    id: 'schedule',
    title: 'Schedule',
    settings: [
      {
        name: 'schedule',
        kind: 'schedule',
        label: 'Schedule',
        about:
          'When snapshots are taken by themselves. What is due at the same moment by several entries is one snapshot.',
      },
      {
        name: 'schedulePaused',
        kind: 'switch',
        label: 'Paused',
        about: 'Nothing is taken by the schedule; what was due meanwhile is not made up for.',
      },
      {
        name: 'skipUnchanged',
        kind: 'switch',
        label: 'Skip what is unchanged',
        about: 'A scheduled snapshot that turns out to be the same as the one before it is not kept.',
      },
    ],
  },
  {
    id: 'retention',
    title: 'Retention',
    settings: [
      {
        name: 'retentionDays',
        kind: 'number',
        unit: 'days',
        label: 'Keep everything for',
        about: 'Whatever else is said. 0: age alone keeps none.',
      },
      {
        name: 'keepLast',
        kind: 'number',
        unit: 'snapshots',
        label: 'Keep the newest',
        about: 'So many completed ones, however old.',
      },
      {
        name: 'keepHourly',
        kind: 'number',
        unit: 'hours',
        label: 'Keep one an hour, for',
        about: 'Counting hours in which there is one.',
      },
      {
        name: 'keepDaily',
        kind: 'number',
        unit: 'days',
        label: 'Keep one a day, for',
        about: 'Counting days in which there is one.',
      },
      {
        name: 'keepWeekly',
        kind: 'number',
        unit: 'weeks',
        label: 'Keep one a week, for',
        about: 'Weeks begin on Monday.',
      },
      {
        name: 'keepMonthly',
        kind: 'number',
        unit: 'months',
        label: 'Keep one a month, for',
        about: 'Counting months in which there is one.',
      },
      {
        name: 'keepYearly',
        kind: 'number',
        unit: 'years',
        label: 'Keep one a year, for',
        about: 'Counting years in which there is one.',
      },
      {
        name: 'timeZone',
        kind: 'zone',
        label: 'Time zone',
        about: 'By whose clocks hours, days, weeks, months and years are told apart.',
      },
      {
        name: 'maxPinned',
        kind: 'number',
        unit: 'snapshots',
        label: 'Pinned at most',
        about: 'Pinned ones are never deleted.',
      },
    ],
  },
  {
    id: 'capture',
    title: 'Capture',
    settings: [
      {
        name: 'fullEveryDays',
        kind: 'number',
        unit: 'days',
        label: 'A full one every',
        about: 'In between they are differential, as long as there is one to build on.',
      },
      {
        name: 'timeoutSeconds',
        kind: 'number',
        unit: 'seconds',
        label: 'Time out after',
        about: 'A snapshot, and a verification.',
      },
      {
        name: 'maxReadBytesPerSecond',
        kind: 'rate',
        label: 'Read tables at most at',
        about: 'Empty: as fast as it goes.',
      },
      {
        name: 'includeUnloggedTables',
        kind: 'switch',
        label: 'Unlogged tables',
        about: 'Capture what is in unlogged tables, too.',
      },
      {
        name: 'fileReferences',
        kind: 'query',
        label: 'Files that the database refers to',
        about:
          'A query that returns their paths, relative to the filestore. What it names and the snapshot has not is a warning, or fails the snapshot under “block”. Empty: nothing is compared. Changing it needs environments:write.',
      },
    ],
  },
  {
    id: 'deployments',
    title: 'Deployments and gate',
    settings: [
      {
        name: 'autoEnabled',
        kind: 'switch',
        label: 'Snapshot before each deployment',
        about: 'Its gate waits for it.',
      },
      {
        name: 'gateRequires',
        kind: 'choice',
        label: 'The gate waits for',
        about: 'What has not come in time is decided by what stands below.',
        choices: [
          ['captured', 'the snapshot'],
          ['proven', 'a verification of it'],
          ['standby', 'a standby of it'],
        ],
      },
      {
        name: 'failurePolicy',
        kind: 'choice',
        label: 'When that fails',
        about: 'Or takes too long.',
        choices: [
          ['block', 'block the deployment'],
          ['continue', 'continue, with a warning'],
        ],
      },
    ],
  },
  {
    id: 'rollback',
    title: 'Rollback',
    settings: [
      {
        name: 'undoMinutes',
        kind: 'number',
        unit: 'minutes',
        label: 'Can be undone for',
        about:
          'So long the previous state is kept, also of files and tables that were taken out; 0 removes it at once.',
      },
      {
        name: 'standby',
        kind: 'choice',
        label: 'Standby',
        about:
          'Restored and compared beside the live state, so that a rollback swaps at once. It takes as much room again.',
        choices: [
          ['off', 'none'],
          ['pre_deploy', 'of the newest before a deployment'],
          ['newest', 'of the newest'],
        ],
      },
      {
        name: 'verifyRestored',
        kind: 'choice',
        label: 'Compare before the swap',
        about: 'Beyond the hash of each piece that comes out of the vault.',
        choices: [
          ['counts', 'numbers of rows and files'],
          ['sampled', 'also every row of some tables'],
          ['all', 'every row and every file'],
        ],
      },
      {
        name: 'databaseProperties',
        kind: 'choice',
        label: 'Settings of the database itself',
        about: 'Its ALTER DATABASE settings, comment and connection limit.',
        choices: [
          ['captured', 'come back from the snapshot'],
          ['live', 'stay as they are'],
        ],
      },
    ],
  },
  {
    id: 'verification',
    title: 'Verification',
    settings: [
      {
        name: 'verify',
        kind: 'choice',
        label: 'Verify snapshots',
        about: 'By restoring and comparing them.',
        choices: [
          ['never', 'when somebody asks'],
          ['after_capture', 'each one, when it is completed'],
        ],
      },
    ],
  },
];

const ALL = GROUPS.flatMap(({ settings }) => settings);

export function settingOf(name: SettingName): Setting | undefined {
  return ALL.find((setting) => setting.name === name);
}

export const SOURCES: Record<SettingSource, string> = {
  environment: 'of this environment',
  project: 'from the project',
  default: 'the service’s default',
};

/** A value as somebody reads it. */
export function valueWords(name: SettingName, value: Draft[SettingName]): string {
  const setting = settingOf(name);
  if (value === null) {
    if (name === 'maxReadBytesPerSecond') return 'as fast as it goes';
    return name === 'fileReferences' ? 'nothing' : 'what the project says';
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map(({ cron, timeZone }) => `${cron} ${timeZone}`).join('; ');
  if (setting?.kind === 'choice') return setting.choices.find(([choice]) => choice === value)?.[1] ?? String(value);
  if (setting?.kind === 'number' && typeof value === 'number') return `${count(value)} ${setting.unit}`;
  if (setting?.kind === 'rate' && typeof value === 'number') return `${bytes(value)} each second`;
  return String(value);
}
