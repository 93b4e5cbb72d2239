import type { Command } from 'commander';
import { Option } from 'commander';
import type { EnvironmentType } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findProject } from '../../names/find-project.js';
import { usage } from '../../outcome/outcome-error.js';
import { adoptContext } from '../context.js';
import { noteFindings } from './env-check.js';
import { addPlaceOptions, databaseFrom } from './env-places.js';
import type { PlaceOptions } from './env-places.js';

export const TYPES: readonly EnvironmentType[] = ['production', 'staging', 'development'];

interface AddOptions extends PlaceOptions {
  type?: EnvironmentType;
  pool?: string;
  check: boolean;
}

export function addEnvAddCommand(env: Command, run: Invocation): void {
  addPlaceOptions(env.command('add').description('Register an environment: a database, a directory of files, or both'))
    .argument('<name>', 'its name in the project')
    .addOption(new Option('--type <type>', 'what it is for; by default what its name says').choices([...TYPES]))
    .option('--pool <pool>', 'the workers that can reach it')
    .option('--no-check', 'accept it without looking whether it can be reached')
    .action((name: string, options: AddOptions) => add(run, name, options));
}

async function add(run: Invocation, name: string, options: AddOptions): Promise<void> {
  const { snapback } = await run.session();
  const type = options.type ?? TYPES.find((each) => each === name);
  if (type === undefined) throw usage(`Say what ${name} is for: --type ${TYPES.join(', --type ')}`);
  const project = await findProject(run);
  const database = await databaseFrom(run, options);
  if (database === undefined && options.files === undefined) {
    throw usage('Say where it is: --database NAME --user ROLE --host HOST, --files DIRECTORY, or both.');
  }
  const made = await snapback.environments.create(
    project.id,
    {
      name,
      type,
      ...(database !== undefined && { database }),
      ...(options.files !== undefined && { filestorePath: options.files }),
      ...(options.pool !== undefined && { pool: options.pool }),
    },
    options.check ? {} : { check: false },
  );
  run.printer.done(made, `The environment ${made.name} of ${project.name} is registered (${made.id}).`, made.id);
  await adoptContext(run, { environment: { id: made.id, name: made.name, projectId: project.id } });
  if (options.check) await noteFindings(run, project.id, made.id);
  run.printer.note('Next: snapback snapshot create --wait');
}
