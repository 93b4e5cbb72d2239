import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswerError, SnapbackError } from '../../../sdk/typescript/index.js';
import type { Deployment, DeploymentFinish, Snapback } from '../../../sdk/typescript/index.js';

/** For about two minutes: a service that is being restarted is back by then. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000];

/**
 * Says how a deployment ended, across restarts of the service: what was deployed is there, and nobody else says so. When an answer was lost, what is known of
 * the deployment is the answer.
 */
export async function finishSurely(
  snapback: Snapback,
  deploymentId: string,
  body: DeploymentFinish,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<Deployment> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const known = attempt === 0 ? undefined : await snapback.deployments.view(deploymentId, { attempts: 1 });
      if (known !== undefined && known.status !== 'running') return known;
      return await snapback.deployments.finish(deploymentId, body);
    } catch (error) {
      const pauseMs = pausesMs[attempt];
      if (pauseMs === undefined || !mayPass(error)) throw error;
      await pause(pauseMs);
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  return error instanceof SnapbackError && (error.status === undefined || error.status >= 500 || error.status === 429);
}
