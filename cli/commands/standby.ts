import type { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import { Argument } from 'commander';
import type { EnvironmentDetails, StandbyWhen } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { interrupted } from '../outcome/outcome-error.js';
import { bytes, known, relativeTime } from '../output/words.js';
import { whileHearing } from '../waiting/interrupts.js';

const LOOK_EVERY_MS = 1_000;

export function addStandbyCommands(program: Command, run: Invocation): void {
  const standby = program
    .command('standby')
    .description('Standbys: a snapshot that stands ready beside the live state, to be swapped in at once');

  standby
    .command('show')
    .description('Show whether one stands ready')
    .action(async () => show(run, await findEnvironment(run)));

  standby
    .command('on')
    .description('Keep one ready; it takes as much room again as the environment has')
    .addArgument(
      new Argument('[of]', 'which snapshot: the newest before a deployment, or the newest of all')
        .choices(['pre_deploy', 'newest'])
        .default('pre_deploy'),
    )
    .option('--wait', 'end when one stands ready')
    .action((of: StandbyWhen, { wait }: { wait?: boolean }) => turn(run, of, wait === true));

  standby
    .command('off')
    .description('Keep none; the one that is there is removed')
    .action(() => turn(run, 'off', false));
}

async function turn(run: Invocation, to: StandbyWhen, wait: boolean): Promise<void> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const settings = await snapback.settings.update(environment.id, { standby: to });
  if (wait) {
    show(run, await untilReady(run, environment));
    return;
  }
  run.printer.done(
    settings,
    `The standby of ${environment.name} is ${to === 'off' ? 'off' : `on, of ${to === 'newest' ? 'the newest snapshot' : 'the newest before a deployment'}`}.`,
    environment.id,
  );
}

async function untilReady(run: Invocation, { projectId, id, name }: EnvironmentDetails): Promise<EnvironmentDetails> {
  const { snapback } = await run.session();
  const stopped = new AbortController();
  const stop = () =>
    stopped.abort(
      interrupted(`Interrupted; the standby of ${name} is built all the same. Look at it again: snapback standby show`),
    );
  return whileHearing(stop, async () => {
    for (let told = ''; ;) {
      const environment = await snapback.environments.view(projectId, id);
      const { standby } = environment;
      if (standby?.status === 'ready') return environment;
      const state = standby?.reason?.message ?? standby?.status ?? 'waits for a snapshot';
      if (state !== told) run.printer.note(state);
      told = state;
      await pause(LOOK_EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      stopped.signal.throwIfAborted();
    }
  });
}

function show(run: Invocation, { name, standby }: EnvironmentDetails): void {
  run.printer.one(standby ?? { status: 'none' }, () => [
    ['environment', name],
    ['standby', standby?.status ?? 'none'],
    ['reason', standby?.reason?.message],
    ['snapshot', standby?.snapshotId],
    ['database', known(standby?.databaseBytes, bytes)],
    ['filestore', known(standby?.filestoreBytes, bytes)],
    ['ready', known(standby?.readyAt, (at) => relativeTime(at, Date.now()))],
  ]);
}
