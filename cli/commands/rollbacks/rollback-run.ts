import type { Command } from 'commander';
import type { RollbackAccepted, RollbackLog } from '../../../sdk/typescript/index.js';
import { confirmed, nameToType } from '../../ask/confirm.js';
import type { Invocation } from '../../invocation.js';
import { refused } from '../../outcome/outcome-error.js';
import { known, relativeTime, seconds } from '../../output/words.js';
import { waitFor } from '../../waiting/wait-for.js';
import { addPlanOptions, planFor } from './planned-rollback.js';
import type { Planned, PlanOptions } from './planned-rollback.js';
import { showPlan } from './rollback-plan.js';

interface RunOptions extends PlanOptions {
  key?: string;
  wait?: boolean;
  yes?: boolean;
}

export function addRollbackRunCommand(rollback: Command, run: Invocation): void {
  addPlanOptions(rollback.command('run').description('Show the plan, ask, and roll back'))
    .option('--key <key>', 'asked for again with the same key, it is done once')
    .option('--wait', 'show its progress, and end when it has ended')
    .option('-y, --yes', 'do not ask')
    .action((asked: string | undefined, options: RunOptions) => rollBack(run, asked, options));
}

async function rollBack(run: Invocation, asked: string | undefined, options: RunOptions): Promise<void> {
  const { snapback } = await run.session();
  const planned = await planFor(run, asked, options);
  const { environment, target, request, plan } = planned;
  // Programs get one document, which is what came of it.
  if (run.printer.format === 'table' || !plan.allowed) await showPlan(run, planned, options.yes);
  if (!plan.allowed) throw refused(`${target.name} cannot be rolled back to this snapshot; nothing was changed.`);
  await confirmed(run, {
    question: questionOf(planned),
    typed: nameToType(target),
    yes: options.yes,
  });
  // What somebody has agreed to is this plan: the service refuses when what it says is not so any more. With --yes nobody has, and what the service itself
  // asks of a rollback decides.
  const body =
    options.yes === true || plan.planToken === undefined ? request : { ...request, planToken: plan.planToken };
  const begun = await snapback.rollbacks.create(
    environment.id,
    body,
    options.key === undefined ? {} : { idempotencyKey: options.key },
  );
  await tellBegun(run, begun, { wait: options.wait, what: `the rollback of ${target.name}`, name: target.name });
}

/** Of a rollback, or an undo, that was accepted: where to look on or, when it is waited for, what came of it. */
export async function tellBegun(
  run: Invocation,
  begun: RollbackAccepted,
  { wait, what, name }: { wait: boolean | undefined; what: string; name: string },
): Promise<void> {
  if (wait === true) {
    tellRolledBack(run, await waitForRollback(run, begun.deploymentId, what), name);
    return;
  }
  run.printer.done(begun, begun.message, begun.deploymentId);
  run.printer.note('Look on with "snapback watch"; next time, --wait waits for it.');
}

export async function waitForRollback(run: Invocation, deploymentId: string, what: string): Promise<RollbackLog> {
  const { snapback } = await run.session();
  return waitFor(run, {
    what,
    wait: (options) => snapback.waitForRollback(deploymentId, options),
    cancel: () => snapback.rollbacks.cancel(deploymentId),
    lookAgain: 'snapback rollback logs',
  });
}

export function tellRolledBack(run: Invocation, log: RollbackLog, name: string): void {
  const { downtimeMs, durationMs, undoableUntil } = log;
  const down = known(downtimeMs, (ms) => `, down for ${ms} ms`) ?? '';
  const time = known(durationMs, (ms) => ` in ${seconds(ms / 1000)}`) ?? '';
  run.printer.done(log, `${name} is rolled back${time}${down}.`, log.deploymentId);
  for (const { message } of log.warnings ?? []) run.printer.note(`Warning: ${message}`);
  const undo = known(undoableUntil, (until) => `${until} (${relativeTime(until, Date.now())}): snapback rollback undo`);
  if (undo !== undefined) run.printer.note(`What was there before can be brought back until ${undo}`);
}

function questionOf({ target, snapshot }: Planned): string {
  return `Roll ${target.name} back to the snapshot ${snapshot.id.slice(0, 8)}${known(snapshot.label, (label) => ` (${label})`) ?? ''}?`;
}
