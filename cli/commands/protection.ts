import type { Command } from 'commander';
import { Option } from 'commander';
import type { EnvironmentProtection, ProtectionState } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output/table.js';
import { known, relativeTime } from '../output/words.js';
import { limitOption } from './options.js';

const ago = (time: string | null | undefined) => known(time, (at) => relativeTime(at, Date.now()));

const COLUMNS: readonly Column<EnvironmentProtection>[] = [
  { title: 'environment', cell: ({ projectName, environmentName }) => `${projectName}/${environmentName}` },
  { title: 'state', cell: ({ state }) => state },
  { title: 'since', cell: ({ since }) => ago(since), dropFirst: 3 },
  { title: 'snapshot', cell: ({ lastSuccessfulAt }) => ago(lastSuccessfulAt) ?? 'never', dropFirst: 1 },
  { title: 'proven', cell: ({ lastProvenAt }) => ago(lastProvenAt) ?? 'never', dropFirst: 4 },
  { title: 'next', cell: ({ nextRunAt }) => ago(nextRunAt), dropFirst: 5 },
  { title: 'why', cell: ({ reason }) => reason?.message, dropFirst: 2 },
];

export function addProtectionCommands(program: Command, run: Invocation): void {
  program
    .command('protection')
    .description(
      'Show which environments are protected, since when they are not, and why: those that need somebody first',
    )
    .addOption(limitOption())
    .addOption(
      new Option('--state <state>', 'only those').choices([
        'unprotected',
        'late',
        'paused',
        'unscheduled',
        'protected',
      ]),
    )
    .action(async ({ limit, state }: { limit: number; state?: ProtectionState }) => {
      const { snapback } = await run.session();
      const pages = snapback.protection.list(state === undefined ? {} : { state }, { pageSize: 100 });
      const none = state === undefined ? 'There are no environments.' : 'No environment is in that state.';
      await run.printer.pages(pages, limit, COLUMNS, ({ environmentId }) => environmentId, none);
    });
}
