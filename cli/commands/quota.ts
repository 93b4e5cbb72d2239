import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Quota, UsageDay, UsageViewData } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { findProject, projectAskedFor } from '../names/find-project.js';
import type { Column } from '../output/table.js';
import { bytes } from '../output/words.js';
import { limitOption } from './options.js';

const QUOTAS: readonly Column<Quota>[] = [
  { title: 'quota', cell: ({ name }) => name },
  { title: 'used', cell: ({ name, used }) => amount(name, used) },
  { title: 'limit', cell: ({ name, limit }) => (limit === null ? 'none' : amount(name, limit)) },
  { title: 'set for', cell: ({ source }) => (source === 'organization' ? 'this organization' : 'all'), dropFirst: 1 },
  { title: 'state', cell: stateOf },
];

const DAYS: readonly Column<UsageDay>[] = [
  { title: 'day', cell: ({ day }) => day },
  { title: 'project', cell: ({ projectName }) => projectName },
  { title: 'logical', cell: ({ logicalBytes }) => bytes(logicalBytes), dropFirst: 3 },
  { title: 'stored', cell: ({ storedBytes }) => bytes(storedBytes) },
  { title: 'added', cell: ({ addedBytes }) => bytes(addedBytes) },
  { title: 'snapshots', cell: ({ snapshotCount }) => String(snapshotCount), dropFirst: 2 },
  { title: 'hours', cell: ({ lookCount }) => String(lookCount), dropFirst: 1 },
];

export function addQuotaCommands(program: Command, run: Invocation): void {
  program
    .command('quota')
    .description('Show what the organization may have, and what it has')
    .action(async () => {
      const { snapback } = await run.session();
      const { quotas } = await snapback.quotas.view();
      run.printer.all(quotas, QUOTAS, ({ name }) => name, 'There are no quotas.');
    });

  program
    .command('usage')
    .description(
      'List what projects used each day (UTC), the earliest first. Of the project that --project names, else of all',
    )
    .addOption(limitOption())
    .addOption(new Option('--from <day>', 'from this day on').argParser(dayOf))
    .addOption(new Option('--to <day>', 'until this day, which is included').argParser(dayOf))
    .action(async ({ limit, from, to }: { limit: number; from?: string; to?: string }) => {
      const { snapback } = await run.session();
      const filters: NonNullable<UsageViewData['query']> = {
        ...(projectAskedFor(run) !== undefined && { projectId: (await findProject(run)).id }),
        ...(from !== undefined && { fromDay: from }),
        ...(to !== undefined && { toDay: to }),
      };
      const pages = snapback.usage.list(filters, { pageSize: 100 });
      await run.printer.pages(pages, limit, DAYS, ({ day, projectId }) => `${day} ${projectId}`, 'Nothing was used.');
    });
}

function amount(name: Quota['name'], count: number): string {
  return name === 'storedBytes' ? bytes(count) : String(count);
}

function stateOf({ used, limit, reached }: Quota): string | undefined {
  if (!reached || limit === null) return undefined;
  return used > limit ? 'over: nothing new until it is less' : 'reached';
}

function dayOf(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It must be a day such as 2026-11-20.');
}
