import type { Command } from 'commander';
import { Option } from 'commander';
import type { Deployment } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { usage } from '../../outcome/outcome-error.js';
import { DEPLOYMENT_NAMES, findDeployment } from './find-deployment.js';
import { finishSurely } from './finish-surely.js';
import { tellRolledBack, waitForRollback } from '../rollbacks/rollback-run.js';

interface FinishOptions {
  succeeded?: boolean;
  failed?: boolean;
  rollback?: boolean;
  wait?: boolean;
}

export function addDeployFinishCommand(deploy: Command, run: Invocation): void {
  deploy
    .command('finish')
    .description('Say how a deployment went')
    .argument('<deployment>', DEPLOYMENT_NAMES)
    .addOption(new Option('--succeeded', 'it went well').conflicts('failed'))
    .option('--failed', 'it did not')
    .addOption(new Option('--rollback', 'roll it back to its snapshot').conflicts('succeeded'))
    .option('--wait', 'end when the rollback has ended')
    .action((asked: string, options: FinishOptions) => finish(run, asked, options));
}

async function finish(
  run: Invocation,
  asked: string,
  { succeeded, failed, rollback, wait }: FinishOptions,
): Promise<void> {
  if (succeeded !== true && failed !== true) throw usage('Say how it went: --succeeded or --failed.');
  const { snapback } = await run.session();
  const body =
    succeeded === true
      ? { outcome: 'succeeded' as const }
      : { outcome: 'failed' as const, rollbackOnFailure: rollback === true };
  const deployment = await finishSurely(snapback, await findDeployment(run, asked), body);
  const { rollbackDeploymentId } = deployment;
  if (wait === true && rollbackDeploymentId !== null) {
    const log = await waitForRollback(run, rollbackDeploymentId, 'the rollback of the deployment');
    tellRolledBack(run, log, 'The environment');
    return;
  }
  run.printer.done(deployment, sentenceOf(deployment), deployment.id);
}

function sentenceOf({ status, rollbackDeploymentId }: Deployment): string {
  return `The deployment is ${status}${rollbackDeploymentId === null ? '' : `; it is being rolled back (${rollbackDeploymentId})`}.`;
}
