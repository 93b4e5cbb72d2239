import type { Command } from 'commander';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { interrupted } from '../outcome/outcome-error.js';
import { whileHearing } from '../waiting/interrupts.js';
import { watchOperations } from '../watching/watch-operations.js';

export function addWatchCommand(program: Command, run: Invocation): void {
  program
    .command('watch')
    .description('Show what runs, live. Of the environment that --env names, else of all')
    .option('--until-idle', 'end when nothing is queued or runs any more')
    .action(async ({ untilIdle }: { untilIdle?: boolean }) => {
      const environment = run.options.env === undefined ? undefined : await findEnvironment(run);
      const stopped = new AbortController();
      const options = {
        untilIdle: untilIdle === true,
        ...(environment !== undefined && { environmentId: environment.id }),
      };
      await whileHearing(
        () => stopped.abort(interrupted('Watching has ended; what runs goes on.')),
        () => watchOperations(run, options, stopped.signal),
      );
    });
}
