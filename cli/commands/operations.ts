import type { Command } from 'commander';
import { Option } from 'commander';
import type { Operation, OperationState } from '../../sdk/typescript/index.js';
import { confirmed } from '../ask/confirm.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { beginsWith, theOne } from '../names/matching.js';
import type { Column } from '../output/table.js';
import { known, relativeTime } from '../output/words.js';
import { limitOption } from './options.js';

const COLUMNS: readonly Column<Operation>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'kind', cell: ({ kind }) => kind },
  { title: 'state', cell: ({ state }) => state },
  { title: 'since', cell: ({ since }) => relativeTime(since, Date.now()), dropFirst: 2 },
  { title: 'tries', cell: ({ tryCount }) => known(tryCount, String), right: true, dropFirst: 3 },
  { title: 'reason', cell: ({ reason, help }) => [reason?.message, help].filter(Boolean).join(' '), dropFirst: 1 },
];

interface ListOptions {
  limit: number;
  state?: OperationState;
}

export function addOperationsCommands(program: Command, run: Invocation): void {
  const operations = program.command('operations').description('What runs, waits or hangs, and what needs a person');

  operations
    .command('list')
    .description('List them: what needs a person first. Of the environment that --env names, else of all')
    .addOption(limitOption())
    .addOption(new Option('--state <state>', 'only those').choices(['queued', 'running', 'waiting', 'attention']))
    .action(async ({ limit, state }: ListOptions) => {
      const { snapback } = await run.session();
      const of = run.options.env === undefined ? {} : { environmentId: (await findEnvironment(run)).id };
      const pages = snapback.operations.list({ ...of, ...(state !== undefined && { state }) }, { pageSize: 100 });
      await run.printer.pages(pages, limit, COLUMNS, ({ id }) => id, 'Nothing runs, and nothing hangs.');
    });

  const about = 'its id, or the beginning of it';
  operations
    .command('retry')
    .description('Try one now, and not when its time has come')
    .argument('<operation>', about)
    .action(async (asked: string) => {
      const { id } = await find(run, asked);
      const tried = await (await run.session()).snapback.operations.retry(id);
      run.printer.done(tried, `The ${tried.kind} ${id.slice(0, 8)} is tried now.`, id);
    });

  operations
    .command('confirm')
    .description('Say that you have looked, and that what it waits for is so')
    .argument('<operation>', about)
    .option('-y, --yes', 'do not ask')
    .action(async (asked: string, { yes }: { yes?: boolean }) => {
      const { id, kind, help } = await find(run, asked);
      await confirmed(run, { question: `Confirm the ${kind} ${id.slice(0, 8)}? ${help ?? ''}`.trimEnd(), yes });
      const said = await (await run.session()).snapback.operations.confirm(id);
      run.printer.done(said, `The ${kind} ${id.slice(0, 8)} is confirmed.`, id);
    });

  operations
    .command('give-up')
    .description('Try one no more; what it would have removed is left to you')
    .argument('<operation>', about)
    .option('-y, --yes', 'do not ask')
    .action(async (asked: string, { yes }: { yes?: boolean }) => {
      const { id, kind, reason } = await find(run, asked);
      await confirmed(run, {
        question: `Give the ${kind} ${id.slice(0, 8)} up? ${reason?.message ?? ''}`.trimEnd(),
        yes,
      });
      await (await run.session()).snapback.operations.giveUp(id);
      run.printer.done({ id, givenUp: true }, `The ${kind} ${id.slice(0, 8)} is given up.`, id);
    });
}

async function find(run: Invocation, asked: string): Promise<Operation> {
  const { snapback } = await run.session();
  const all = await snapback.operations.list({}, { pageSize: 100 }).toArray();
  const matching = all.filter(({ id }) => beginsWith(id, asked));
  return theOne(
    'operation',
    asked,
    matching.map((thing) => ({ thing, told: `${thing.id} (${thing.kind})` })),
    all.map(({ id }) => id.slice(0, 8)),
  );
}
