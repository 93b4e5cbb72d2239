import type { Command } from 'commander';
import { Option } from 'commander';
import { tagOf } from '../../../sdk/typescript/index.js';
import type { EnvironmentType, EnvironmentUpdate } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { usage } from '../../outcome/outcome-error.js';
import { TYPES } from './env-add.js';
import { addPlaceOptions, databaseFrom } from './env-places.js';
import type { PlaceOptions } from './env-places.js';
import { addRuleOptions, type RuleOptions, rulesFrom } from './env-rules.js';

interface UpdateOptions extends PlaceOptions, RuleOptions {
  name?: string;
  type?: EnvironmentType;
  pool?: string;
  label?: string[];
  check: boolean;
}

export function addEnvUpdateCommand(env: Command, run: Invocation): void {
  addRuleOptions(addPlaceOptions(env.command('update').description('Change an environment; what is left out stays')))
    .argument('[environment]', 'its name or id')
    .option('--name <name>', 'another name')
    .addOption(new Option('--type <type>', 'what it is for').choices([...TYPES]))
    .option('--pool <pool>', 'the workers that can reach it')
    .option('--label <name=value...>', 'labels of your own; an empty value removes one')
    .option('--no-check', 'accept it without looking whether it can be reached')
    .action((asked: string | undefined, options: UpdateOptions) => update(run, asked, options));
}

async function update(run: Invocation, asked: string | undefined, options: UpdateOptions): Promise<void> {
  const { snapback } = await run.session();
  const found = await findEnvironment(run, asked);
  const aboutDatabase = [
    options.host,
    options.port,
    options.database,
    options.user,
    options.tls,
    options.passwordStdin,
    options.databaseFile,
    options.databaseVariable,
  ];
  const database = aboutDatabase.some((each) => each !== undefined)
    ? await databaseFrom(run, { ...known(found.database), ...options }, { askForPassword: false })
    : undefined;
  const change: EnvironmentUpdate = {
    ...(options.name !== undefined && { name: options.name }),
    ...(options.type !== undefined && { type: options.type }),
    ...(options.pool !== undefined && { pool: options.pool }),
    ...(options.files !== undefined && { filestorePath: options.files }),
    ...(options.label !== undefined && { labels: labelled(found.labels, options.label) }),
    ...(database !== undefined && { database }),
    ...(await rulesFrom(options, found.exclude)),
  };
  if (Object.keys(change).length === 0) throw usage('Say what to change; see "snapback env update --help".');
  // What it is changed from is what was just read: of two who change it at once, one is told.
  const changed = await snapback.environments.update(found.projectId, found.id, change, {
    ifMatch: tagOf(found),
    ...(options.check ? {} : { check: false }),
  });
  run.printer.done(changed, `The environment ${changed.name} is changed.`, changed.id);
}

/** Of a connection only what is said anew changes. */
function known(database: Awaited<ReturnType<typeof findEnvironment>>['database']): PlaceOptions {
  if (database?.kind !== 'connection') return {};
  const { host, port, user, tls, database: name } = database;
  return { host, port, user, tls, database: name };
}

function labelled(labels: Record<string, string>, changes: readonly string[]): Record<string, string> {
  const next = new Map(Object.entries(labels));
  for (const change of changes) {
    const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(change) ?? [];
    if (name === undefined) throw usage(`"${change}" is no label; write it as name=value.`);
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  return Object.fromEntries(next);
}
