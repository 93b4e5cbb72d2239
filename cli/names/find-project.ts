import type { Project } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { usage } from '../outcome/outcome-error.js';
import { isId, theOne } from './matching.js';

const PAGE = { pageSize: 100 };

/** The project a command is about: the one that was asked for, `--project`, `SNAPBACK_PROJECT`, or that of the context. */
export async function findProject(run: Invocation, asked?: string): Promise<Project> {
  const { snapback, context } = await run.session();
  const wanted = asked ?? projectAskedFor(run);
  if (wanted !== undefined) return projectNamed(run, wanted);
  if (context.project === undefined) {
    throw usage(
      'Say which project: --project NAME, or for all commands from now on: snapback context set --project NAME',
    );
  }
  return snapback.projects.view(context.project.id);
}

export function projectAskedFor(run: Invocation): string | undefined {
  return run.options.project ?? (run.environment['SNAPBACK_PROJECT'] || undefined);
}

export async function projectNamed(run: Invocation, wanted: string): Promise<Project> {
  const { snapback } = await run.session();
  if (isId(wanted)) return snapback.projects.view(wanted);
  const projects = await snapback.projects.list(PAGE).toArray();
  const named = projects.filter(({ name }) => name === wanted);
  return theOne(
    'project',
    wanted,
    named.map((thing) => ({ thing, told: `${thing.name} (${thing.id})` })),
    projects.map(({ name }) => name),
  );
}

/** All that the token may see. */
export async function allProjects(run: Invocation): Promise<Project[]> {
  const { snapback } = await run.session();
  return snapback.projects.list(PAGE).toArray();
}
