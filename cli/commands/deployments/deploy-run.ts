import type { Command } from 'commander';
import { RollbackNotCompletedError, SnapbackError } from '../../../sdk/typescript/index.js';
import type { DeploymentDetails, EnvironmentDetails } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { EXIT } from '../../outcome/exit-codes.js';
import { failed, interrupted, OutcomeError, usage } from '../../outcome/outcome-error.js';
import { whileHearing } from '../../waiting/interrupts.js';
import { addAnnounceOptions, announce, passGate } from './deploy-gate.js';
import type { AnnounceOptions } from './deploy-gate.js';
import { finishSurely } from './finish-surely.js';
import { tellRolledBack, waitForRollback } from '../rollbacks/rollback-run.js';
import { runProgram } from '../run-program.js';

interface RunOptions extends AnnounceOptions {
  rollback: boolean;
}

export function addDeployRunCommand(deploy: Command, run: Invocation): void {
  addAnnounceOptions(
    deploy
      .command('run')
      .description('Deploy behind the gate: take a snapshot, run the command, and roll back when it fails'),
  )
    .argument('<command...>', 'behind --; it finds SNAPBACK_DEPLOYMENT_ID and SNAPBACK_SNAPSHOT_ID in its environment')
    .usage('[options] -- <command...>')
    .option('--no-rollback', 'leave what a failed command has done')
    .action((command: string[], options: RunOptions) => deployByCommand(run, command, options));
}

async function deployByCommand(run: Invocation, [program, ...args]: string[], options: RunOptions): Promise<void> {
  if (program === undefined) throw usage('Say what deploys: snapback deploy run -- ./migrate-and-restart.sh');
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const announced = await announce(run, environment, options);
  const deployment = await passGate(run, environment, announced).catch(async (error: unknown) => {
    throw wasInterrupted(error) ? await calledOff(run, announced.id, error) : error;
  });
  run.printer.note(`gate open: ${deployment.gateReason ?? ''}`);
  const ended = await runProgram(program, args, {
    ...run.environment,
    SNAPBACK_DEPLOYMENT_ID: deployment.id,
    ...(deployment.snapshotId !== null && { SNAPBACK_SNAPSHOT_ID: deployment.snapshotId }),
  });
  const heard = () => run.printer.note('The service is told first how the deployment went.');
  await whileHearing(heard, async () => {
    if (ended.kind === 'failed') await takeBack(run, environment, deployment, ended.how, options.rollback);
    if (ended.kind === 'not-started') {
      // Nothing was changed, so nothing is rolled back.
      await finishSurely(snapback, deployment.id, { outcome: 'failed' });
      throw usage(`${program} cannot be run (${ended.why}); nothing was deployed.`);
    }
    const finished = await finishSurely(snapback, deployment.id, { outcome: 'succeeded' });
    run.printer.done(finished, `The deployment of ${environment.name} is ${finished.status}.`, finished.id);
  });
}

function wasInterrupted(error: unknown): error is OutcomeError {
  return error instanceof OutcomeError && error.exitCode === EXIT.interrupted;
}

/** Nobody is there any more who would deploy once the gate opens. */
async function calledOff(run: Invocation, deploymentId: string, error: OutcomeError): Promise<OutcomeError> {
  const { snapback } = await run.session();
  return snapback.deployments.finish(deploymentId, { outcome: 'failed' }).then(
    () => interrupted('Interrupted before anything was deployed; the deployment is called off.'),
    () => error,
  );
}

/** Ends with an error whatever comes of it: nobody deploys here again, and a failed job stays failed. */
async function takeBack(
  run: Invocation,
  { name }: EnvironmentDetails,
  { id }: DeploymentDetails,
  how: string,
  rollback: boolean,
): Promise<never> {
  const { snapback } = await run.session();
  const finished = await finishSurely(snapback, id, { outcome: 'failed', rollbackOnFailure: rollback }).catch(
    async (cause: unknown) => {
      // It is over all the same: what was refused is the rollback.
      if (rollback && cause instanceof SnapbackError && cause.status === 409)
        await finishSurely(snapback, id, { outcome: 'failed' }).catch(() => undefined);
      const then = rollback
        ? `and was not rolled back: ${(cause as Error).message}`
        : `and the service was not told: ${(cause as Error).message}`;
      throw failed(`The deployment failed (${how}), ${then}`, { cause });
    },
  );
  const { rollbackDeploymentId } = finished;
  if (rollbackDeploymentId === null)
    throw failed(`The deployment failed (${how}); what it has done was left as it is.`);
  const log = await waitForRollback(run, rollbackDeploymentId, `the rollback of ${name}`).catch((cause: unknown) => {
    if (!(cause instanceof RollbackNotCompletedError)) throw cause;
    throw failed(`The deployment failed (${how}), and so did its rollback. ${cause.message}`, { cause });
  });
  tellRolledBack(run, log, name);
  throw failed(`The deployment failed (${how}); ${name} is rolled back to the snapshot before it.`);
}
