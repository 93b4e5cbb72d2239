import assert from 'node:assert/strict';
import { DeploymentEndedError, GateClosedError } from '../index.js';
import { thrownBy } from './stage.js';
import type { Case } from './stage.js';

/** The deploy gate, and what follows a deployment that went wrong. */
export const gateCases: Record<string, Case> = {
  gate: async (stage) => {
    const snapback = stage.client();
    const { environmentId } = stage.world;
    const deployment = await snapback.gateDeployment(environmentId, {
      version: '1',
      idempotencyKey: crypto.randomUUID(),
    });
    const { status } = await snapback.snapshots.view(environmentId, deployment.snapshotId!);
    await snapback.deployments.finish(deployment.id, { outcome: 'succeeded' });
    assert.deepEqual([deployment.gate, deployment.status, status], ['open', 'running', 'completed']);
    return deployment.gateReason ?? '';
  },

  'gate-closed': async (stage) => {
    const snapback = stage.client();
    const { environmentId } = stage.world;
    const gateReason = 'The snapshot failed, for a reason.';
    await stage.fault({ method: 'GET', path: '/deployments/', times: 100, merge: { gate: 'closed', gateReason } });
    const error = await thrownBy(snapback.gateDeployment(environmentId, { idempotencyKey: crypto.randomUUID() }));
    assert(error instanceof GateClosedError);
    assert.equal(error.reason, gateReason);
    await snapback.deployments.finish(error.deployment.id, { outcome: 'failed' });
    return error.message;
  },

  'gate-of-ended': async (stage) => {
    const snapback = stage.client();
    const { environmentId } = stage.world;
    const announced = { version: '2', idempotencyKey: crypto.randomUUID() };
    const { id } = await snapback.gateDeployment(environmentId, announced);
    await snapback.deployments.finish(id, { outcome: 'succeeded' });
    const error = await thrownBy(snapback.gateDeployment(environmentId, announced));
    assert(error instanceof DeploymentEndedError);
    assert.equal(error.deployment.id, id);
    return error.message;
  },

  rollback: async (stage) => {
    const { rollbacks } = stage.client();
    const { environmentId, snapshotId } = stage.world;
    const { deploymentId } = await rollbacks.create(environmentId, { snapshotId, createSafetySnapshot: false });
    const log = await rollbacks.waitFor(deploymentId);
    const undo = await rollbacks.undo(deploymentId);
    const undone = await rollbacks.waitFor(undo.deploymentId);
    assert.deepEqual([log.status, log.deploymentId, undone.status], ['completed', deploymentId, 'completed']);
    assert.equal(undone.undoOf, deploymentId);
    return `down for ${log.downtimeMs} ms, and back in ${undone.downtimeMs} ms`;
  },
};
