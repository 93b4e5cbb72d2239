import type { Command } from 'commander';
import { parse } from 'yaml';
import { tagOf } from '../../sdk/typescript/index.js';
import type { Project, ProjectUpdate, SnapshotDefaults, SnapshotDefaultsRule } from '../../sdk/typescript/index.js';
import { confirmed } from '../ask/confirm.js';
import type { Invocation } from '../invocation.js';
import { findProject } from '../names/find-project.js';
import { usage } from '../outcome/outcome-error.js';
import type { Column, Property } from '../output/table.js';
import { known, relativeTime } from '../output/words.js';
import { adoptContext } from './context.js';
import { limitOption } from './options.js';
import { textFromInput } from './text-from-input.js';

const COLUMNS: readonly Column<Project>[] = [
  { title: 'name', cell: ({ name }) => name },
  { title: 'environments', cell: ({ environmentCount }) => known(environmentCount, String), right: true, dropFirst: 1 },
  { title: 'description', cell: ({ description }) => description, dropFirst: 2 },
  { title: 'created', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()), dropFirst: 3 },
  { title: 'id', cell: ({ id }) => id, dropFirst: 4 },
];

export function addProjectCommands(program: Command, run: Invocation): void {
  const project = program.command('project').description('Projects: groups of environments');

  project
    .command('list')
    .description('List the projects')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const none = 'There are no projects; make one: snapback project create NAME';
      await run.printer.pages(snapback.projects.list({ pageSize: 100 }), limit, COLUMNS, ({ id }) => id, none);
    });

  project
    .command('create')
    .description('Make a project')
    .argument('<name>', 'its name')
    .option('--description <text>', 'what it is')
    .action(async (name: string, { description }: { description?: string }) => {
      const { snapback } = await run.session();
      const made = await snapback.projects.create({ name, ...(description !== undefined && { description }) });
      run.printer.done(made, `The project ${made.name} is there (${made.id}).`, made.id);
      await adoptContext(run, { project: { id: made.id, name: made.name } });
      run.printer.note('Next: snapback env add NAME');
    });

  project
    .command('show')
    .description('Show a project')
    .argument('[project]', 'its name or id')
    .action(async (asked?: string) => {
      const found = await findProject(run, asked);
      run.printer.one(found, () => told(found), found.id);
    });

  project
    .command('update')
    .description('Change a name or a description')
    .argument('[project]', 'its name or id')
    .option('--name <name>', 'another name')
    .option('--description <text>', 'another description; an empty one removes it')
    .action(async (asked: string | undefined, { name, description }: { name?: string; description?: string }) => {
      const found = await findProject(run, asked);
      const change: ProjectUpdate = {
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description: description === '' ? null : description }),
      };
      if (Object.keys(change).length === 0) throw usage('Say what to change: --name, --description.');
      const changed = await (await run.session()).snapback.projects.update(found.id, change);
      run.printer.done(changed, `The project ${changed.name} is changed.`, changed.id);
    });

  project
    .command('defaults')
    .description('Show when environments are taken, and what is kept, where they say nothing themselves; or replace it')
    .argument('[project]', 'its name or id')
    .option('--replace', 'by the rules that are piped in, a list as JSON or YAML')
    .action(async (asked: string | undefined, { replace }: { replace?: boolean }) => {
      const found = await findProject(run, asked);
      const { settings } = (await run.session()).snapback;
      const present = await settings.viewDefaults(found.id);
      const shown =
        replace === true
          ? await settings.replaceDefaults(
              found.id,
              { rules: rulesOf(await textFromInput('the rules')) },
              { ifMatch: tagOf(present) },
            )
          : present;
      run.printer.one(shown, () => toldRules(shown), found.id);
    });

  project
    .command('rm')
    .description('Remove a project that has no environments')
    .argument('<project>', 'its name or id')
    .option('-y, --yes', 'do not ask')
    .action(async (asked: string, { yes }: { yes?: boolean }) => {
      const found = await findProject(run, asked);
      await confirmed(run, { question: `Remove the project ${found.name}?`, yes });
      await (await run.session()).snapback.projects.delete(found.id);
      run.printer.done({ id: found.id, removed: true }, `The project ${found.name} is removed.`, found.id);
    });
}

function told(project: Project): Property[] {
  return [
    ['name', project.name],
    ['id', project.id],
    ['description', project.description],
    ['organization', project.organization],
    ['environments', known(project.environmentCount, String)],
    ['created', project.createdAt],
  ];
}

/** What rules may say, the service knows. */
function rulesOf(text: string): SnapshotDefaultsRule[] {
  let rules: unknown;
  try {
    rules = parse(text);
  } catch (error) {
    throw usage(`The rules cannot be read: ${error instanceof Error ? error.message : 'they are no YAML'}`);
  }
  if (!Array.isArray(rules)) throw usage('The rules must be a list.');
  return rules as SnapshotDefaultsRule[];
}

function toldRules({ rules }: SnapshotDefaults): Property[] {
  if (rules.length === 0) return [['rules', 'none']];
  return rules.map(({ environmentType, ...says }) => [
    environmentType ?? 'all types',
    Object.entries(says)
      .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
      .join(', '),
  ]);
}
