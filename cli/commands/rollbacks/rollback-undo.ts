import type { Command } from 'commander';
import type { EnvironmentDetails, RollbackLog } from '../../../sdk/typescript/index.js';
import { confirmed, nameToType } from '../../ask/confirm.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { notFound, refused } from '../../outcome/outcome-error.js';
import { relativeTime } from '../../output/words.js';
import { findRollback } from './find-rollback.js';
import { tellBegun } from './rollback-run.js';

interface UndoOptions {
  safetySnapshot?: boolean;
  key?: string;
  wait?: boolean;
  yes?: boolean;
}

/** As many logs as are looked through for one that can be undone: it is the newest that has changed the environment. */
const LOOKED_AT = 20;

export function addRollbackUndoCommands(rollback: Command, run: Invocation): void {
  rollback
    .command('undo')
    .description('Swap the state back that a rollback has swapped out, as long as it is kept')
    .argument('[rollback]', 'its id, or the beginning of it; the newest, unless told')
    .option('--safety-snapshot', 'take a snapshot of what the undo swaps out')
    .option('--key <key>', 'asked for again with the same key, it is done once')
    .option('--wait', 'show its progress, and end when it has ended')
    .option('-y, --yes', 'do not ask')
    .action((asked: string | undefined, options: UndoOptions) => undo(run, asked, options));

  rollback
    .command('cancel')
    .description('Call a rollback off that has not begun to swap')
    .argument('<rollback>', 'its id, or the beginning of it')
    .action(async (asked: string) => {
      const environment = await findEnvironment(run);
      const { deploymentId } = await findRollback(run, environment, asked);
      const log = await (await run.session()).snapback.rollbacks.cancel(deploymentId);
      run.printer.done(log, `The rollback ${deploymentId.slice(0, 8)} is being cancelled.`, deploymentId);
    });
}

async function undo(run: Invocation, asked: string | undefined, options: UndoOptions): Promise<void> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const log =
    asked === undefined ? await newestUndoable(run, environment) : await findRollback(run, environment, asked);
  const question = `Undo the rollback of ${environment.name} that ended ${relativeTime(log.finishedAt ?? log.createdAt, Date.now())}? What was written since is swapped out${options.safetySnapshot === true ? ', and kept as a snapshot' : ', and kept for an undo'}.`;
  await confirmed(run, {
    question,
    typed: nameToType(environment),
    yes: options.yes,
  });
  const body = options.safetySnapshot === true ? { createSafetySnapshot: true } : {};
  const begun = await snapback.rollbacks.undo(
    log.deploymentId,
    body,
    options.key === undefined ? {} : { idempotencyKey: options.key },
  );
  const { name } = environment;
  await tellBegun(run, begun, { wait: options.wait, what: `the undo in ${name}`, name });
}

async function newestUndoable(run: Invocation, environment: EnvironmentDetails): Promise<RollbackLog> {
  const { snapback } = await run.session();
  const { items } = await snapback.rollbacks.list(environment.id, { pageSize: LOOKED_AT }).first();
  const [newest] = items;
  if (newest === undefined) throw notFound(`${environment.name} was never rolled back.`);
  const undoable = items.find(({ undoableUntil }) => typeof undoableUntil === 'string');
  if (undoable === undefined) {
    const why =
      typeof newest.undoneBy !== 'string' ? 'what it swapped out is not kept any more' : 'it was undone already';
    throw refused(
      `The newest rollback of ${environment.name} cannot be undone: ${why}. Its safety snapshot can be rolled back to: snapback snapshot list --trigger safety`,
    );
  }
  return undoable;
}
