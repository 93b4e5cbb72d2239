import type { Command } from 'commander';
import { tagOf } from '../../sdk/typescript/index.js';
import type {
  ScheduleEntry,
  ScheduleRun,
  SnapshotSettings,
  SnapshotSettingsUpdate,
} from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { usage } from '../outcome/outcome-error.js';
import type { Column, Property } from '../output/table.js';
import { relativeTime } from '../output/words.js';
import { limitOption, positive } from './options.js';

const RUN_COLUMNS: readonly Column<ScheduleRun>[] = [
  { title: 'due', cell: ({ dueAt }) => relativeTime(dueAt, Date.now()) },
  { title: 'outcome', cell: ({ outcome }) => outcome },
  { title: 'runs', cell: ({ runCount }) => String(runCount), right: true, dropFirst: 2 },
  { title: 'schedule', cell: ({ cron, timeZone }) => `${cron} ${timeZone}`, dropFirst: 1 },
  { title: 'snapshot', cell: ({ snapshotId }) => snapshotId?.slice(0, 8), dropFirst: 3 },
  { title: 'why', cell: ({ reason }) => reason?.message },
];

interface AddOptions {
  timeZone: string;
  keep?: number;
}

export function addScheduleCommands(program: Command, run: Invocation): void {
  const schedule = program.command('schedule').description('When snapshots of an environment are taken by themselves');

  schedule
    .command('show')
    .description('Show the schedule, and its next runs')
    .action(async () => {
      const environment = await findEnvironment(run);
      show(run, await (await run.session()).snapback.settings.view(environment.id));
    });

  schedule
    .command('add')
    .description('Add an entry; one that is there already is kept so many of from then on')
    .argument('<cron>', 'five fields: minute, hour, day of the month, month, day of the week')
    .option('--time-zone <zone>', 'by the clocks of which zone, such as Europe/Berlin', 'UTC')
    .option('--keep <n>', 'so many of its snapshots are kept, the newest', positive)
    .action(async (cron: string, { timeZone, keep }: AddOptions) => {
      const entry = { cron, timeZone, ...(keep !== undefined && { keep }) };
      await change(run, ({ schedule: present }) => ({
        schedule: [...present.filter((one) => !isSame(one, entry)), entry],
      }));
    });

  schedule
    .command('rm')
    .description('Remove an entry; what it has taken is kept as any other snapshot is')
    .argument('<cron>', 'its five fields')
    .option('--time-zone <zone>', 'its zone, where several entries have these fields')
    .action(async (cron: string, { timeZone }: { timeZone?: string }) => {
      await change(run, ({ schedule: present }) => {
        const meant = present.filter(
          (one) => one.cron === cron && (timeZone === undefined || one.timeZone === timeZone),
        );
        if (meant.length === 0) throw usage(`The schedule has no entry "${cron}"; see: snapback schedule show`);
        if (meant.length > 1) throw usage('Several entries have these fields; say which one with --time-zone.');
        return { schedule: present.filter((one) => !meant.includes(one)) };
      });
    });

  schedule
    .command('pause')
    .description('Take nothing by the schedule, until it is resumed')
    .action(() => change(run, () => ({ schedulePaused: true })));

  schedule
    .command('resume')
    .description('Go on; what was due meanwhile is not made up for')
    .action(() => change(run, () => ({ schedulePaused: false })));

  schedule
    .command('runs')
    .description('Show what the schedule did, the latest run first')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const pages = snapback.settings.runs(environment.id, { pageSize: 100 });
      const none = `The schedule of ${environment.name} has not run yet.`;
      await run.printer.pages(pages, limit, RUN_COLUMNS, ({ id }) => id, none);
    });
}

/** Two who change it at once: one is told. */
async function change(run: Invocation, to: (present: SnapshotSettings) => SnapshotSettingsUpdate): Promise<void> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const present = await snapback.settings.view(environment.id);
  const changed = await snapback.settings.update(environment.id, to(present), { ifMatch: tagOf(present) });
  show(run, changed);
}

function isSame(one: ScheduleEntry, other: ScheduleEntry): boolean {
  return one.cron === other.cron && one.timeZone === other.timeZone;
}

function show(run: Invocation, settings: SnapshotSettings): void {
  const { schedule, schedulePaused, nextRuns, sources } = settings;
  run.printer.one(
    { schedule, schedulePaused, nextRuns, sources },
    (): Property[] => [
      ...schedule.map(({ cron, timeZone, keep }): Property => [
        'entry',
        `${cron} ${timeZone}${keep === undefined ? '' : `, ${keep} kept`}`,
      ]),
      ...(schedule.length === 0 ? [['entry', 'none'] satisfies Property] : []),
      ['from', sources.schedule],
      ['paused', schedulePaused ? 'yes' : 'no'],
      ...nextRuns.map(({ at }): Property => ['next run', `${at} (${relativeTime(at, Date.now())})`]),
    ],
    settings.environmentId,
  );
}
