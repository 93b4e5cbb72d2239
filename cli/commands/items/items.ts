import type { Command } from 'commander';
import { confirmed, nameToType } from '../../ask/confirm.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { limitOption } from '../options.js';
import { findItemRestore, ITEMS_NAMES } from './find-item-restore.js';
import { addItemsRestoreCommand, tellItems, waitForItems } from './items-restore.js';
import { ITEMS_COLUMNS, toldItems, whatOf } from './items-told.js';

export function addItemsCommands(program: Command, run: Invocation): void {
  const items = program.command('items').description('Single files and tables that are taken out of a snapshot');
  addItemsRestoreCommand(items, run);

  items
    .command('list')
    .description('List what was taken out of snapshots, newest first')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const pages = snapback.items.list(environment.id, { pageSize: 100 });
      const none = `Nothing was taken out of the snapshots of ${environment.name}.`;
      await run.printer.pages(pages, limit, ITEMS_COLUMNS, ({ id }) => id, none);
    });

  items
    .command('show')
    .description('Show what was taken out together, and where each thing is')
    .argument('<items>', ITEMS_NAMES)
    .action(async (asked: string) => {
      const restore = await findItemRestore(run, await findEnvironment(run), asked);
      run.printer.one(restore, () => toldItems(restore), restore.id);
    });

  items
    .command('undo')
    .description('Put back what was in the place of restored files, take away the others, and drop restored tables')
    .argument('<items>', ITEMS_NAMES)
    .option('--wait', 'show its progress, and end when it has ended')
    .option('-y, --yes', 'do not ask')
    .action((asked: string, options: UndoOptions) => undo(run, asked, options));
}

interface UndoOptions {
  wait?: boolean;
  yes?: boolean;
}

async function undo(run: Invocation, asked: string, { wait, yes }: UndoOptions): Promise<void> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const restore = await findItemRestore(run, environment, asked);
  const dropped = restore.tables.length === 0 ? '' : ' Restored tables are dropped, with all that was written to them.';
  const question = `Take back ${whatOf(restore)}, which was put into ${environment.name}?${dropped}`;
  await confirmed(run, { question, typed: nameToType(environment), yes });
  const begun = await snapback.items.undo(environment.id, restore.id);
  if (wait !== true) {
    run.printer.done(begun, `The items ${begun.id.slice(0, 8)} are being taken back.`, begun.id);
    run.printer.note(`See what became of it: snapback items show ${begun.id}; next time, --wait waits for it.`);
    return;
  }
  tellItems(run, await waitForItems(run, environment, begun, `items show ${begun.id}`));
}
