import type { Command } from 'commander';
import { tagOf } from '../../sdk/typescript/index.js';
import type { SnapshotSettings, SnapshotSettingsUpdate } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { usage } from '../outcome/outcome-error.js';

/** What the settings say of themselves. */
const NOT_SET = ['environmentId', 'updatedAt', 'nextRuns', 'sources'];

export function addSettingsCommands(program: Command, run: Invocation): void {
  const settings = program
    .command('settings')
    .description('How an environment is captured, and how long its snapshots are kept');

  settings
    .command('show')
    .description('Show the settings')
    .action(async () => {
      const environment = await findEnvironment(run);
      show(run, await (await run.session()).snapback.settings.view(environment.id));
    });

  settings
    .command('set')
    .description('Change settings; what is left out stays')
    .argument(
      '<name=value...>',
      'as in retentionDays=60 verify=after_capture; null where there shall be none, or what the project says',
    )
    .action(async (changes: string[]) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const present = await snapback.settings.view(environment.id);
      const update = Object.fromEntries(changes.map((change) => changeOf(change, present)));
      // Two who change them at once: one is told. The service says what values may be.
      const changed = await snapback.settings.update(environment.id, update as SnapshotSettingsUpdate, {
        ifMatch: tagOf(present),
      });
      show(run, changed);
    });
}

/** Names are those that the service has, so that settings of a newer one can be set, too. */
function changeOf(change: string, present: SnapshotSettings): [string, unknown] {
  const [, name, value] = /^([A-Za-z]+)=(.*)$/s.exec(change) ?? [];
  if (name === undefined || value === undefined) throw usage(`"${change}" is no setting; write it as name=value.`);
  const names = Object.keys(present).filter((each) => !NOT_SET.includes(each));
  if (!names.includes(name)) throw usage(`There is no setting ${name}; there is ${names.join(', ')}.`);
  return [name, valueOf(name, value, present)];
}

function valueOf(name: string, value: string, present: SnapshotSettings): unknown {
  if (value === 'null') return null;
  if (value === 'true' || value === 'false') return value === 'true';
  const now: unknown = present[name as keyof SnapshotSettings];
  if (Array.isArray(now)) return listOf(name, value);
  // Where nothing is set now, a number is meant by what looks like one.
  const isNumber = typeof now === 'number' || now === null;
  return isNumber && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function listOf(name: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw usage(`${name} is a list; write it as JSON.`);
  }
}

function show(run: Invocation, settings: SnapshotSettings): void {
  run.printer.one(
    settings,
    () =>
      Object.entries(settings)
        .filter(([name]) => !NOT_SET.includes(name))
        .map(([name, value]): [string, string] => [
          name,
          value === null ? 'none' : typeof value === 'object' ? JSON.stringify(value) : String(value),
        ]),
    settings.environmentId,
  );
}
