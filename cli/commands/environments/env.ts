import type { Command } from 'commander';
import type { Environment, EnvironmentDetails } from '../../../sdk/typescript/index.js';
import { confirmed, nameToType } from '../../ask/confirm.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findProject } from '../../names/find-project.js';
import type { Column, Property } from '../../output/table.js';
import { bytes, counted, known, relativeTime } from '../../output/words.js';
import { addEnvAddCommand } from './env-add.js';
import { addEnvCheckCommand } from './env-check.js';
import { placeOf } from './env-places.js';
import { addEnvUpdateCommand } from './env-update.js';
import { limitOption } from '../options.js';

const COLUMNS: readonly Column<Environment>[] = [
  { title: 'name', cell: ({ name }) => name },
  { title: 'type', cell: ({ type }) => type, dropFirst: 1 },
  { title: 'database', cell: placeOf, dropFirst: 2 },
  { title: 'filestore', cell: ({ filestorePath }) => filestorePath, dropFirst: 3 },
  { title: 'id', cell: ({ id }) => id, dropFirst: 4 },
];

export function addEnvCommands(program: Command, run: Invocation): void {
  const env = program.command('env').description('Environments: a database and a filestore that belong together');
  addEnvAddCommand(env, run);
  addEnvCheckCommand(env, run);

  env
    .command('list')
    .description('List the environments of the project')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const project = await findProject(run);
      const none = `The project ${project.name} has no environments; register one: snapback env add NAME`;
      await run.printer.pages(
        snapback.environments.list(project.id, { pageSize: 100 }),
        limit,
        COLUMNS,
        ({ id }) => id,
        none,
      );
    });

  env
    .command('show')
    .description('Show an environment, and what lies beside its live state')
    .argument('[environment]', 'its name or id')
    .action(async (asked?: string) => {
      const found = await findEnvironment(run, asked);
      run.printer.one(found, () => told(found, Date.now()), found.id);
    });

  addEnvUpdateCommand(env, run);

  env
    .command('rm')
    .description('Take an environment off the list; its database and its files stay, unless they were made by --from')
    .argument('<environment>', 'its name or id')
    .option('--delete-snapshots', 'delete its snapshots with it')
    .option('--delete-data', 'delete its database and its files, which were made with it (env add --from)')
    .option('-y, --yes', 'do not ask')
    .action((asked: string, options: RemoveOptions) => remove(run, asked, options));
}

interface RemoveOptions {
  deleteSnapshots?: boolean;
  deleteData?: boolean;
  yes?: boolean;
}

async function remove(
  run: Invocation,
  asked: string,
  { deleteSnapshots, deleteData, yes }: RemoveOptions,
): Promise<void> {
  const found = await findEnvironment(run, asked);
  const both = [deleteSnapshots === true ? 'all its snapshots' : [], deleteData === true ? 'its data' : []].flat();
  const and = both.length === 0 ? '' : ` and delete ${both.join(' and ')}`;
  const gone = both.length === 0 ? '' : `, with ${both.join(' and ')}`;
  const typed = both.length > 0 ? found.name : nameToType(found);
  await confirmed(run, { question: `Remove the environment ${found.name}${and}?`, typed, yes });
  const { snapback } = await run.session();
  await snapback.environments.delete(found.projectId, found.id, {
    ...(deleteSnapshots === true && { snapshots: 'delete' }),
    ...(deleteData === true && { data: 'delete' }),
  });
  run.printer.done({ id: found.id, removed: true }, `The environment ${found.name} is removed${gone}.`, found.id);
}

function told(environment: EnvironmentDetails, now: number): Property[] {
  const { standby, keptStates = [], labels = {} } = environment;
  return [
    ['name', environment.name],
    ['id', environment.id],
    ['type', environment.type],
    ['database', placeOf(environment) || 'none'],
    ['filestore', environment.filestorePath ?? 'none'],
    ['pool', environment.pool],
    [
      'labels',
      Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(', ') || undefined,
    ],
    ...toldRules(environment),
    [
      'standby',
      known(standby, ({ status, snapshotId, reason }) =>
        [status, snapshotId?.slice(0, 8), reason?.message].filter(Boolean).join(', '),
      ) ?? 'none',
    ],
    ['kept for an undo', keptStates.length === 0 ? 'nothing' : counted(keptStates.length, 'state')],
    ...keptStates.map(({ deploymentId, databaseBytes, undoableUntil }): Property => [
      `  of ${deploymentId.slice(0, 8)}`,
      [
        known(databaseBytes, bytes),
        known(undoableUntil, (until) => `undo until ${until} (${relativeTime(until, now)})`),
      ]
        .filter(Boolean)
        .join(', '),
    ]),
    ['made from', known(environment.provisionedFrom, ({ snapshotId }) => `the snapshot ${snapshotId}`) ?? undefined],
    ['registered', environment.createdAt],
  ];
}

function toldRules({ exclude, onUnreadableFile, neutralizeSql, neutralizePaths }: EnvironmentDetails): Property[] {
  const list = (patterns: readonly string[] | undefined) =>
    patterns === undefined || patterns.length === 0 ? undefined : patterns.join(', ');
  return [
    ['leaves out tables', list(exclude?.tables)],
    ['leaves out rows of', list(exclude?.rowsOf)],
    ['leaves out paths', list(exclude?.paths)],
    ['unreadable files', onUnreadableFile === 'warn' ? 'are left out, with a warning' : undefined],
    [
      'neutralizes',
      [known(neutralizeSql, () => 'rows'), known(neutralizePaths, () => 'files')].filter(Boolean).join(', ') ||
        undefined,
    ],
  ];
}
