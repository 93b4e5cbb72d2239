// node deploy.ts <version> <command …>     Needs SNAPBACK_URL, SNAPBACK_TOKEN, ENVIRONMENT_ID, CI_JOB_ID, and @snapback/client.
// Deploys behind the gate of an environment, and rolls back when the command fails. The token needs the bundle `deployer`.
import { spawnSync } from 'node:child_process';
import { RollbackNotCompletedError, Snapback, SnapbackError } from '@snapback/client';

const { SNAPBACK_URL = '', SNAPBACK_TOKEN = '', ENVIRONMENT_ID = '', CI_JOB_ID = '' } = process.env;
const [version, command = '', ...rest] = process.argv.slice(2);
const snapback = new Snapback({ baseUrl: SNAPBACK_URL, token: SNAPBACK_TOKEN });

try {
  // Throws when the gate is closed, and when the deployment of this key has ended: it had its snapshot then, and not now.
  const { id, gateReason } = await snapback.gateDeployment(ENVIRONMENT_ID, { version, idempotencyKey: CI_JOB_ID });
  console.log(`gate open: ${gateReason}`);
  if (spawnSync(command, rest, { stdio: 'inherit' }).status === 0) {
    await snapback.deployments.finish(id, { outcome: 'succeeded' });
  } else {
    // Nobody deploys here again: a failed job stays failed.
    process.exitCode = 1;
    await rollBack(id);
  }
} catch (error) {
  if (!(error instanceof SnapbackError)) throw error;
  console.error(error.detail);
  process.exitCode = 1;
}

async function rollBack(deploymentId: string): Promise<void> {
  const { rollbackDeploymentId } = await snapback.deployments
    .finish(deploymentId, { outcome: 'failed', rollbackOnFailure: true })
    .catch(async (refused: unknown) => {
      console.error('the deployment failed and was not rolled back');
      // It is over all the same: what was refused is the rollback.
      await snapback.deployments.finish(deploymentId, { outcome: 'failed' }).catch(() => undefined);
      throw refused;
    });
  if (rollbackDeploymentId === null) {
    console.error('the deployment failed, and there was no snapshot to go back to');
    return;
  }
  const log = await snapback.waitForRollback(rollbackDeploymentId).catch((error: unknown) => {
    if (error instanceof RollbackNotCompletedError) return error.log;
    throw error;
  });
  console.log(`rollback: ${log.status}`);
}
