import type { Command } from 'commander';
import type { EnvironmentCheck, EnvironmentDetails } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { refused } from '../../outcome/outcome-error.js';
import { bytes } from '../../output/words.js';

export function addEnvCheckCommand(env: Command, run: Invocation): void {
  env
    .command('check')
    .description('Look whether snapshots and rollbacks of an environment are possible, and change nothing')
    .argument('[environment]', 'its name or id')
    .action(async (asked?: string) => {
      const environment = await findEnvironment(run, asked);
      const check = await (await run.session()).snapback.environments.check(environment.projectId, environment.id);
      run.printer.one(check, () => told(environment, check), check.environmentId);
      if (!check.rollbackReady) throw refused(sentenceOf(environment, check));
    });
}

/** What would be in the way of the first rollback is told when there is time to mend it. Services of before have no such check. */
export async function noteFindings(run: Invocation, projectId: string, environmentId: string): Promise<void> {
  const { snapback } = await run.session();
  const check = await snapback.environments.check(projectId, environmentId).catch(() => undefined);
  for (const { message } of check?.refusals ?? []) run.printer.note(`In the way: ${message}`);
  for (const { message } of check?.warnings ?? []) run.printer.note(`Warning: ${message}`);
}

function told({ name }: EnvironmentDetails, check: EnvironmentCheck): [string, string | undefined][] {
  const { database, filestore, usable, rollbackReady } = check;
  return [
    ['environment', name],
    ['snapshots', usable ? 'possible' : 'not possible'],
    ['rollbacks', rollbackReady ? 'possible' : 'not possible'],
    [
      'database',
      database === null
        ? undefined
        : `${database.name} of ${database.owner}, ${bytes(database.databaseBytes)}, PostgreSQL ${database.serverVersion}`,
    ],
    [
      'filestore',
      filestore === null
        ? undefined
        : `${filestore.path}; a rollback needs ${bytes(filestore.requiredBytes)} of ${bytes(filestore.freeBytes)} free`,
    ],
    ...check.refusals.map(({ message }): [string, string] => ['in the way', message]),
    ...check.warnings.map(({ message }): [string, string] => ['warning', message]),
  ];
}

function sentenceOf({ name }: EnvironmentDetails, { usable }: EnvironmentCheck): string {
  return usable ? `${name} could not be rolled back.` : `${name} can be neither captured nor rolled back.`;
}
