import { Option } from 'commander';
import type { Command } from 'commander';
import type { Environment, RetentionDecision } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import type { Column } from '../output/table.js';
import { bytes, counted, known, relativeTime } from '../output/words.js';
import { dateOf, limitOption } from './options.js';

const COLUMNS: readonly Column<RetentionDecision>[] = [
  { title: 'snapshot', cell: ({ snapshotId }) => snapshotId.slice(0, 8) },
  { title: 'taken', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()) },
  { title: 'decision', cell: ({ decision }) => decision },
  { title: 'why', cell: ({ reasons }) => (reasons ?? []).join('; ') },
];

export function addRetentionCommands(program: Command, run: Invocation): void {
  const retention = program.command('retention').description('What is deleted after its time, and why');

  retention
    .command('plan')
    .description('Show what would become of each snapshot now, and why')
    .addOption(limitOption())
    .addOption(new Option('--at <time>', 'as on a day to come, such as 2027-11-23').argParser(dateOf))
    .action(async ({ limit, at }: { limit: number; at?: Date }) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const pages = snapback.retention.plan(environment.id, { pageSize: 100, ...(at !== undefined && { at }) });
      if (at !== undefined) await tellForecast(run, environment, at);
      await run.printer.pages(
        pages,
        limit,
        COLUMNS,
        ({ snapshotId }) => snapshotId,
        `${environment.name} has no snapshots.`,
      );
    });
}

/** On its own line: the table is what there is now. */
async function tellForecast(run: Invocation, environment: Environment, at: Date): Promise<void> {
  const { snapback } = await run.session();
  for await (const { forecast } of snapback.retention.plan(environment.id, { pageSize: 1, at }).pages()) {
    if (forecast === null) return;
    const present = counted(forecast.presentCount, 'present snapshot');
    const size = known(forecast.storedBytes, bytes) ?? 'nobody knows how many bytes';
    run.printer.note(
      `On ${forecast.at.slice(0, 10)} there will be ${present} and about ${forecast.expectedCount} new ones: about ${size}.`,
    );
    return;
  }
}
