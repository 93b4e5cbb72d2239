import { connect } from '../connect.js';
import { deploymentCreate, deploymentFinish, deploymentView } from '../generated/sdk.gen.js';
import type { Deployment, DeploymentFinish } from '../generated/types.gen.js';
import { watchRollback, watchSnapshot } from '../progress.js';
import { result } from '../result.js';

const { SNAPBACK_URL = '', SNAPBACK_TOKEN = '', ENVIRONMENT_ID: environmentId = '', CI_JOB_ID = '' } = process.env;
const client = connect({ baseUrl: SNAPBACK_URL, token: SNAPBACK_TOKEN });

/** Deploys behind the gate; rolls back when the deployment fails. */
export async function deployBehindGate(version: string, deploy: () => Promise<void>): Promise<void> {
  const headers = { 'Idempotency-Key': CI_JOB_ID };
  const announced = await result(deploymentCreate({ client, path: { environmentId }, headers, body: { version } }));
  const { id: deploymentId, snapshotId } = announced;
  if (snapshotId !== null) {
    for await (const event of watchSnapshot(client, { environmentId, snapshotId })) {
      console.log(`${event.percent} %  ${event.phase ?? event.status}`);
    }
  }
  const { gate, gateReason, status } = await gateDecision(deploymentId);
  if (gate !== 'open') throw new Error(`The gate is ${gate}. ${gateReason}`);
  // It had its snapshot then, and not now: a job that is run again needs a key of its own.
  if (status !== 'running') throw new Error(`The deployment ${deploymentId} has ended (${status}); use another key.`);

  const finish = async (body: DeploymentFinish) => result(deploymentFinish({ client, path: { deploymentId }, body }));
  const failure = await deploy().then(
    () => null,
    (error: unknown) => ({ error }),
  );
  if (failure === null) {
    await finish({ outcome: 'succeeded' });
    return;
  }
  const { rollbackDeploymentId } = await finish({ outcome: 'failed', rollbackOnFailure: true }).catch((refused) => {
    throw new AggregateError([failure.error, refused], 'The deployment failed and was not rolled back.');
  });
  if (rollbackDeploymentId !== null) {
    for await (const event of watchRollback(client, { deploymentId: rollbackDeploymentId })) {
      console.log(`${event.percent} %  ${event.phase ?? event.status}`);
    }
  }
  throw failure.error;
}

/** The deployment once its gate is decided; where snapshots are verified, that is later than its snapshot. */
async function gateDecision(deploymentId: string): Promise<Deployment> {
  for (;;) {
    const deployment = await result(deploymentView({ client, path: { deploymentId } }));
    if (deployment.gate !== 'pending') return deployment;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
