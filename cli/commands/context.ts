import type { Command } from 'commander';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { projectNamed } from '../names/find-project.js';
import { usage } from '../outcome/outcome-error.js';
import { unknownProfile } from '../session/profile-store.js';
import type { ProfileContext } from '../session/profile.js';

export function addContextCommands(program: Command, run: Invocation): void {
  const context = program.command('context').description('Which service, project and environment commands are about');

  context
    .command('show')
    .description('Show which service, project and environment commands are about, and whether the service answers')
    .action(() => show(run));

  context
    .command('set')
    .description('Make commands be about a project and an environment: --project NAME, --env NAME')
    .action(() => set(run));

  context
    .command('clear')
    .description('Make commands be about no project and no environment, unless they are told')
    .action(async () => {
      const name = await profileInUse(run);
      await run.store.setContext(name, {});
      run.printer.done({ profile: name }, `Commands of the profile ${name} are about no project and no environment.`);
    });

  context
    .command('list')
    .description('List the profiles')
    .action(async () => {
      const { profiles, current } = await run.store.read();
      const rows = Object.entries(profiles).map(([name, { url, login, context: about }]) => ({
        name,
        current: name === current,
        url,
        login: login.kind,
        project: about.project?.name ?? null,
        environment: about.environment?.name ?? null,
      }));
      run.printer.all(
        rows,
        [
          { title: 'profile', cell: ({ name, current: is }) => (is ? `${name} *` : name) },
          { title: 'url', cell: ({ url }) => url },
          { title: 'project', cell: ({ project }) => project, dropFirst: 2 },
          { title: 'environment', cell: ({ environment }) => environment, dropFirst: 1 },
          { title: 'login', cell: ({ login }) => login, dropFirst: 3 },
        ],
        ({ name }) => name,
        'There are no profiles; log in first: snapback login URL',
      );
    });

  context
    .command('use')
    .description('Make another profile the current one')
    .argument('<profile>', 'its name')
    .action(async (name: string) => {
      await run.store.use(name);
      run.printer.done({ profile: name }, `Commands use the profile ${name}.`);
    });
}

async function show(run: Invocation): Promise<void> {
  const { url, profile, context, snapback } = await run.session();
  const service = await snapback.health.ready({ timeoutMs: 10_000 }).then(
    () => 'ready',
    (error: Error) => error.message,
  );
  const { project, environment } = context;
  const facts = { profile: profile ?? null, url, service, project: project ?? null, environment: environment ?? null };
  run.printer.one(facts, () => [
    ['profile', profile ?? 'none; SNAPBACK_URL and SNAPBACK_TOKEN'],
    ['url', url],
    ['service', service],
    ['project', project === undefined ? 'none' : `${project.name} (${project.id})`],
    ['environment', environment === undefined ? 'none' : `${environment.name} (${environment.id})`],
  ]);
}

async function set(run: Invocation): Promise<void> {
  const { options } = run;
  if (options.project === undefined && options.env === undefined)
    throw usage('Say what to: --project NAME, --env NAME, or both.');
  const name = await profileInUse(run);
  const context = await contextOf(run);
  await run.store.setContext(name, context);
  const { project, environment } = context;
  const about = [
    `the project ${project?.name}`,
    ...(environment === undefined ? [] : [`the environment ${environment.name}`]),
  ];
  run.printer.done({ profile: name, ...context }, `Commands are about ${about.join(' and ')} now.`);
}

/** An environment decides about its project; a project alone about none of its environments. */
async function contextOf(run: Invocation): Promise<ProfileContext> {
  const { snapback } = await run.session();
  if (run.options.env === undefined) {
    const { id, name } = await projectNamed(run, run.options.project!);
    return { project: { id, name } };
  }
  const { id, name, projectId } = await findEnvironment(run);
  const project = await snapback.projects.view(projectId);
  return { project: { id: project.id, name: project.name }, environment: { id, name, projectId } };
}

/** Contexts are kept with a profile. */
export async function profileInUse(run: Invocation): Promise<string> {
  const file = await run.store.read();
  const name = run.askedProfile ?? file.current;
  if (name === undefined)
    throw usage('There is no profile to keep that with; log in first, or say --project and --env with each command.');
  if (!(name in file.profiles)) throw unknownProfile(name, file);
  return name;
}

/** What was just made is what the next commands are about, where they are about nothing yet. Nothing is said where there is no profile. */
export async function adoptContext(run: Invocation, about: ProfileContext): Promise<void> {
  const { profile, context } = await run.session();
  const isFree = about.environment === undefined ? context.project === undefined : context.environment === undefined;
  if (profile === undefined || !isFree) return;
  const next = { ...context, ...about };
  if (next.environment !== undefined && next.project?.id !== next.environment.projectId) return;
  await run.store.setContext(profile, next);
  run.printer.note(`Commands are about it from now on; see "snapback context show".`);
}
