import type { Command } from 'commander';
import { Option } from 'commander';
import type {
  DefinitionChange,
  EnvironmentDetails,
  FileChange,
  Snapshot,
  SnapshotComparison,
  TableChange,
} from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { EXIT } from '../../outcome/exit-codes.js';
import { usage } from '../../outcome/outcome-error.js';
import { beginningOf, toldRest } from '../../output/beginning-of.js';
import type { Beginning } from '../../output/beginning-of.js';
import { coloured, plain } from '../../output/colours.js';
import { properties } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import { limitOption } from '../options.js';
import { definitionLines, fileLine, isDifferent, tableLines, tableName, toldComparison } from './comparison-told.js';
import { waitForSnapshot } from './snapshot-create.js';

const PAGE = { pageSize: 100 };
/** So much of rows is read for a page: of fewer tables, each is counted more likely. */
const PAGE_OF_TABLES = { pageSize: 10 };
const LIVE_LABEL = 'for a comparison';

interface CompareOptions {
  definitions?: boolean;
  tables?: boolean;
  files?: boolean;
  all?: boolean;
  live?: boolean;
  exitCode?: boolean;
  limit: number;
}

/** What was asked for of a comparison. */
interface Lists {
  definitions?: Beginning<DefinitionChange>;
  tables?: Beginning<TableChange>;
  files?: Beginning<FileChange>;
}

export function addSnapshotCompareCommand(snapshot: Command, run: Invocation): void {
  snapshot
    .command('compare')
    .description('Compare two snapshots: what has changed from the first to the second, counted or listed')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .argument('[with]', 'the other one, named likewise; the newest completed one unless told')
    .option('--definitions', 'list objects of the database, each with a diff')
    .option('--tables', 'list tables, with rows that were added, removed and changed: +1 -2 ~3')
    .option('--files', 'list files: A added, D removed, M changed, and in what')
    .option('--all', 'all three lists')
    .option(
      '--live',
      `compare with what is there now: a snapshot is taken for that ("${LIVE_LABEL}") and kept as any other`,
    )
    .addOption(
      new Option(
        '--exit-code',
        `exit with ${EXIT.different} when something is not the same, and with ${EXIT.done} only when all is; without it, ${EXIT.done} either way`,
      ),
    )
    .addOption(limitOption())
    .action((asked: string, other: string | undefined, options: CompareOptions) => compare(run, asked, other, options));
}

async function compare(
  run: Invocation,
  asked: string,
  other: string | undefined,
  options: CompareOptions,
): Promise<void> {
  if (other !== undefined && options.live === true)
    throw usage('With --live it is compared with what is there now; name one snapshot.');
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const from = await findSnapshot(snapback.snapshots, environment, asked);
  const to = options.live === true ? await takeNow(run, environment) : await otherOf(run, environment, from, other);
  const pair = [environment.id, from.id, { with: to.id }] as const;
  const comparison = await snapback.contents.compare(...pair);
  const { all, limit } = options;
  const lists: Lists = {};
  if (all || options.definitions)
    lists.definitions = await beginningOf(snapback.contents.definitionChanges(...pair, PAGE), limit);
  if (all || options.tables)
    lists.tables = await beginningOf(snapback.contents.tableChanges(...pair, PAGE_OF_TABLES), limit);
  if (all || options.files) lists.files = await beginningOf(snapback.contents.fileChanges(...pair, PAGE), limit);
  tell(run, comparison, lists, [from, to]);
  if (options.exitCode !== true) return;
  const { definitions, files, tables } = comparison;
  // What the vault knows of tables says too much: of the same rows that lie elsewhere, too.
  const rowsDiffer = async () =>
    isDifferent(tables) &&
    (lists.tables ?? (await beginningOf(snapback.contents.tableChanges(...pair, { pageSize: 1 }), 1))).items.length > 0;
  if (isDifferent(definitions) || isDifferent(files) || (await rowsDiffer())) run.exitCode = EXIT.different;
}

async function takeNow(run: Invocation, environment: EnvironmentDetails): Promise<Snapshot> {
  const { snapback } = await run.session();
  // Which type is left to the service: differential where there is a base.
  const begun = await snapback.snapshots.create(environment.id, { label: LIVE_LABEL });
  const taken = await waitForSnapshot(run, environment, begun);
  for (const { message } of taken.warnings ?? []) run.printer.note(`Warning: ${message}`);
  return taken;
}

async function otherOf(
  run: Invocation,
  environment: EnvironmentDetails,
  from: Snapshot,
  asked: string | undefined,
): Promise<Snapshot> {
  const { snapshots } = (await run.session()).snapback;
  const found = await findSnapshot(snapshots, environment, asked ?? 'latest');
  // That it is the same as itself would be taken for news of the environment.
  if (asked === undefined && found.id === from.id)
    throw usage(
      `${from.id.slice(0, 8)} is the newest snapshot of ${environment.name}; name another one beside it, or compare with what is there now: --live`,
    );
  return found;
}

function tell(
  run: Invocation,
  comparison: SnapshotComparison,
  lists: Lists,
  pair: readonly [Snapshot, Snapshot],
): void {
  const { printer, terminal } = run;
  const { definitions, tables, files } = lists;
  if (printer.quiet) {
    const names = [
      ...(definitions?.items.map(({ kind, name }) => `${kind} ${name}`) ?? []),
      ...(tables?.items.map(tableName) ?? []),
      ...(files?.items.map(({ path }) => path) ?? []),
    ];
    const isListed = Object.keys(lists).length > 0;
    printer.text((isListed ? names : [pair[1].id]).map(visible));
    return;
  }
  if (printer.format !== 'table') {
    printer.data({
      ...comparison,
      ...(definitions && { definitionChanges: definitions.items }),
      ...(tables && { tableChanges: tables.items }),
      ...(files && { fileChanges: files.items }),
    });
    return;
  }
  const paint = terminal.hasColours ? coloured : plain;
  printer.text([properties(toldComparison(comparison, pair, Date.now()))]);
  const section = <T>(title: string, list: Beginning<T> | undefined, lines: (items: readonly T[]) => string[]) => {
    if (list === undefined || list.items.length === 0) return;
    printer.text(['', paint('title', `${title}:`), ...lines(list.items)]);
    const rest = toldRest(list);
    if (rest !== undefined) printer.note(`${title}: ${rest}`);
  };
  section('Definitions', definitions, (items) => items.flatMap((item) => definitionLines(item, paint)));
  section('Tables', tables, tableLines);
  section('Files', files, (items) => items.map(fileLine));
  if (tables?.items.length === 0 && isDifferent(comparison.tables))
    printer.note('No row of a table has changed: the same rows lie elsewhere in it.');
}
