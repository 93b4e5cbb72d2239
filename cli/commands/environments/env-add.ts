import type { Command } from 'commander';
import { Option } from 'commander';
import type { Environment, EnvironmentType } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findProject } from '../../names/find-project.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { usage } from '../../outcome/outcome-error.js';
import { adoptContext } from '../context.js';
import { tellRolledBack, waitForRollback } from '../rollbacks/rollback-run.js';
import { noteFindings } from './env-check.js';
import { addPlaceOptions, databaseFrom } from './env-places.js';
import type { PlaceOptions } from './env-places.js';
import { addRuleOptions, type RuleOptions, rulesFrom } from './env-rules.js';

export const TYPES: readonly EnvironmentType[] = ['production', 'staging', 'development'];

interface AddOptions extends PlaceOptions, RuleOptions {
  type?: EnvironmentType;
  pool?: string;
  check: boolean;
  from?: string;
  wait?: boolean;
}

export function addEnvAddCommand(env: Command, run: Invocation): void {
  addRuleOptions(
    addPlaceOptions(
      env.command('add').description('Register an environment: a database, a directory of files, or both'),
    ),
  )
    .argument('<name>', 'its name in the project')
    .addOption(new Option('--type <type>', 'what it is for; by default what its name says').choices([...TYPES]))
    .option('--pool <pool>', 'the workers that can reach it')
    .option('--no-check', 'accept it without looking whether it can be reached')
    .option(
      '--from <snapshot>',
      `make both, and fill them from a snapshot of the environment at hand: ${SNAPSHOT_NAMES}`,
    )
    .option('--wait', 'with --from: show the progress, and end when it is filled')
    .action((name: string, options: AddOptions) => add(run, name, options));
}

async function add(run: Invocation, name: string, options: AddOptions): Promise<void> {
  const { snapback } = await run.session();
  const type = options.type ?? TYPES.find((each) => each === name);
  if (type === undefined) throw usage(`Say what ${name} is for: --type ${TYPES.join(', --type ')}`);
  // That of the snapshot, whatever project is named elsewhere.
  const from = options.from === undefined ? undefined : await sourceOf(run, options.from);
  const project = from === undefined ? await findProject(run) : undefined;
  const database = await databaseFrom(run, options);
  if (database === undefined && options.files === undefined) {
    throw usage('Say where it is: --database NAME --user ROLE --host HOST, --files DIRECTORY, or both.');
  }
  const { exclude, neutralizeSql, neutralizePaths, ...rules } = await rulesFrom(options, undefined);
  const made = await snapback.environments.create(
    from?.projectId ?? project!.id,
    {
      name,
      type,
      ...(database !== undefined && { database }),
      ...(options.files !== undefined && { filestorePath: options.files }),
      ...(options.pool !== undefined && { pool: options.pool }),
      ...rules,
      ...(exclude != null && { exclude }),
      ...(neutralizeSql != null && { neutralizeSql }),
      ...(neutralizePaths != null && { neutralizePaths }),
      ...(from !== undefined && { from: { snapshotId: from.snapshotId } }),
    },
    options.check ? {} : { check: false },
  );
  if (project === undefined) return tellMade(run, made, options.wait);
  run.printer.done(made, `The environment ${made.name} of ${project.name} is registered (${made.id}).`, made.id);
  await adoptContext(run, { environment: { id: made.id, name: made.name, projectId: project.id } });
  if (options.check) await noteFindings(run, project.id, made.id);
  run.printer.note('Next: snapback snapshot create --wait');
}

/** Of the environment that commands are about, whatever becomes of the new one. */
async function sourceOf(run: Invocation, asked: string): Promise<{ projectId: string; snapshotId: string }> {
  const { snapback } = await run.session();
  const source = await findEnvironment(run, undefined);
  const { id: snapshotId } = await findSnapshot(snapback.snapshots, source, asked);
  return { projectId: source.projectId, snapshotId };
}

async function tellMade(run: Invocation, made: Environment, wait: boolean | undefined): Promise<void> {
  const deploymentId = made.provisionedFrom?.deploymentId;
  if (wait === true && deploymentId != null) {
    tellRolledBack(run, await waitForRollback(run, deploymentId, `the filling of ${made.name}`), made.name);
    return;
  }
  run.printer.done(made, `The environment ${made.name} is made, and is being filled (${made.id}).`, made.id);
  run.printer.note('Look on with "snapback watch"; next time, --wait waits for it.');
}
