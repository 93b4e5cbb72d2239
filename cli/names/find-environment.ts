import type { Environment, EnvironmentDetails, Project } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { notFound, usage } from '../outcome/outcome-error.js';
import { allProjects, findProject, projectAskedFor } from './find-project.js';
import { isId, theOne } from './matching.js';

const PAGE = { pageSize: 100 };

/** The environment a command is about: the one that was asked for, `--env`, `SNAPBACK_ENVIRONMENT`, or that of the context. */
export async function findEnvironment(run: Invocation, asked?: string): Promise<EnvironmentDetails> {
  const { snapback, context } = await run.session();
  const wanted = asked ?? run.options.env ?? (run.environment['SNAPBACK_ENVIRONMENT'] || undefined);
  if (wanted !== undefined) {
    const { projectId, id } = await environmentNamed(run, wanted);
    return snapback.environments.view(projectId, id);
  }
  const { environment } = context;
  // The one of the context is of another project than somebody has just named: it is not what they mean.
  const isMeant = projectAskedFor(run) === undefined || (await findProject(run)).id === environment?.projectId;
  if (environment === undefined || !isMeant) {
    throw usage('Say which environment: --env NAME, or for all commands from now on: snapback context set --env NAME');
  }
  return snapback.environments.view(environment.projectId, environment.id);
}

/** By id, by name in the project a command is about, or as `project/name`; where no project is known, among those of all. */
async function environmentNamed(run: Invocation, wanted: string): Promise<Environment> {
  const { context } = await run.session();
  const known = projectAskedFor(run) !== undefined || context.project !== undefined;
  const searched = known && !isId(wanted) ? [await findProject(run)] : await allProjects(run);
  const found = await environmentsOf(run, searched);
  const matching = found.filter(
    ({ environment }) => environment.id === wanted.toLowerCase() || environment.name === wanted,
  );
  if (matching.length === 0 && wanted.includes('/')) return environmentByPath(run, wanted);
  return theOne(
    'environment',
    wanted,
    matching.map(toCandidate),
    found.map(({ environment }) => environment.name),
  );
}

/** Both names may have slashes in them: each of them may be the one in between. */
async function environmentByPath(run: Invocation, path: string): Promise<Environment> {
  const projects = await allProjects(run);
  const named = projects.filter(({ name }) => path.startsWith(`${name}/`));
  const found = await environmentsOf(run, named);
  const matching = found.filter(({ project, environment }) => path === `${project.name}/${environment.name}`);
  if (named.length === 0) throw notFound(`There is no environment ${path}, and no project that begins its name.`);
  return theOne(
    'environment',
    path,
    matching.map(toCandidate),
    found.map(({ project, environment }) => `${project.name}/${environment.name}`),
  );
}

interface Found {
  project: Project;
  environment: Environment;
}

async function environmentsOf(run: Invocation, projects: readonly Project[]): Promise<Found[]> {
  const { snapback } = await run.session();
  const found: Found[] = [];
  for (const project of projects) {
    for await (const environment of snapback.environments.list(project.id, PAGE)) found.push({ project, environment });
  }
  return found;
}

function toCandidate({ project, environment }: Found) {
  return { thing: environment, told: `${project.name}/${environment.name} (${environment.id})` };
}
