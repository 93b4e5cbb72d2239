import { Option } from 'commander';
import type { Command } from 'commander';
import type { EnvironmentDetails, FilePath, ItemPath, ItemRestore } from '../../../sdk/typescript/index.js';
import { confirmed, nameToType } from '../../ask/confirm.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { usage } from '../../outcome/outcome-error.js';
import { relativeTime } from '../../output/words.js';
import { waitFor } from '../../waiting/wait-for.js';
import { filePathOf } from '../snapshots/file-path.js';
import { selectOf, toldItems } from './items-told.js';
import { tableNameOf } from './table-name.js';

interface RestoreOptions {
  file?: string[];
  fileBase64?: string[];
  table?: string[];
  inPlace?: boolean;
  key?: string;
  wait?: boolean;
  yes?: boolean;
}

export function addItemsRestoreCommand(items: Command, run: Invocation): void {
  items
    .command('restore')
    .description(
      'Put files and tables of a snapshot into the live environment, all of them or none: files beside what has their names, tables into a schema of their own',
    )
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .addOption(severalOf('--file <path>', 'a file, or a directory with all that is in it; may be given several times'))
    .addOption(severalOf('--file-base64 <path>', 'likewise, by the "pathBase64" of --output json'))
    .addOption(severalOf('--table <schema.table>', 'a table; may be given several times'))
    .option('--in-place', 'files take the place of what has their names, which is kept for an undo')
    .option('--key <key>', 'asked for again with the same key, it is done once')
    .option('--wait', 'show its progress, and say at its end where everything is')
    .option('-y, --yes', 'do not ask before files take the place of others')
    .action((asked: string, options: RestoreOptions) => restore(run, asked, options));
}

async function restore(run: Invocation, asked: string, options: RestoreOptions): Promise<void> {
  const { snapback } = await run.session();
  const { file = [], fileBase64 = [], table = [], inPlace, key, wait, yes } = options;
  const files = [...file.map((typed) => filePathOf(typed)), ...fileBase64.map((typed) => filePathOf(typed, true))].map(
    itemOf,
  );
  const tables = table.map(tableNameOf);
  if (files.length + tables.length === 0) throw usage('Say what to take out: --file PATH, --table SCHEMA.TABLE.');
  const environment = await findEnvironment(run);
  const { id } = await findSnapshot(snapback.snapshots, environment, asked);
  if (inPlace === true && files.length > 0) {
    const what = files.length === 1 ? 'it' : 'them';
    const question = `Put ${files.length === 1 ? 'the file' : `${files.length} files`} of the snapshot ${id.slice(0, 8)} in place of what ${environment.name} has now? That is kept for an undo, and comes back with "snapback items undo"; what is written to ${what} meanwhile may be lost.`;
    await confirmed(run, { question, typed: nameToType(environment), yes });
  }
  const place = inPlace === true ? 'in_place' : 'beside';
  const begun = await snapback.items.restore(
    environment.id,
    id,
    { files, place, tables },
    key === undefined ? {} : { idempotencyKey: key },
  );
  if (wait !== true) {
    run.printer.done(begun, `The items ${begun.id.slice(0, 8)} of ${environment.name} are ${begun.status}.`, begun.id);
    run.printer.note(`See where they are: snapback items show ${begun.id}; next time, --wait waits for it.`);
    return;
  }
  const restored = await waitForItems(run, environment, begun, `items show ${begun.id}`);
  tellItems(run, restored);
}

/** It, completed or undone; what was left as it is, is told besides. */
export async function waitForItems(
  run: Invocation,
  { id: environmentId, name }: EnvironmentDetails,
  { id }: ItemRestore,
  lookAgain: string,
): Promise<ItemRestore> {
  const { snapback } = await run.session();
  return waitFor(run, {
    what: `the taking out of items ${id.slice(0, 8)} of ${name}`,
    wait: (options) => snapback.waitForItemRestore(environmentId, id, options),
    lookAgain: `snapback ${lookAgain}`,
  });
}

/** Where each of them is, and how one looks at it, or takes it back. */
export function tellItems(run: Invocation, restore: ItemRestore): void {
  const { id, undoUntil } = restore;
  run.printer.one(restore, () => toldItems(restore), id);
  const select = selectOf(restore);
  if (select !== undefined) run.printer.note(`Look at the rows as the role of the environment: ${select}`);
  // Where nothing is kept for an undo it is over at once.
  if (typeof undoUntil !== 'string' || Date.parse(undoUntil) <= Date.now()) return;
  const time = relativeTime(undoUntil, Date.now());
  run.printer.note(`It can be taken back until ${undoUntil} (${time}): snapback items undo ${id.slice(0, 8)}`);
}

function itemOf(at: FilePath): ItemPath {
  if (at === '') throw usage('The filestore itself is no file in it; name a file, or a directory.');
  return typeof at === 'string' ? { path: at } : at;
}

function severalOf(flags: string, description: string): Option {
  return new Option(flags, description).argParser((typed: string, before: string[] = []) => [...before, typed]);
}
