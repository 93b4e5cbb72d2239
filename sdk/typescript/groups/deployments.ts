import { deploymentCreate, deploymentFinish, deploymentList, deploymentView } from '../generated/sdk.gen.js';
import type {
  Deployment,
  DeploymentCreate,
  DeploymentDetails,
  DeploymentFinish,
  DeploymentListData,
  DeploymentPage,
} from '../generated/types.gen.js';
import { DeploymentEndedError, GateClosedError } from '../errors/ended-otherwise.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, Filters, ListOptions, StartOptions, ViewOptions } from '../requests/calls.js';
import { Deadline } from '../requests/deadline.js';

/** What a pipeline announces, and the key under which the same job finds it again. */
export type GatedDeployment = DeploymentCreate & { idempotencyKey: string };

/** How often somebody looks whether the gate is decided. */
const LOOK_EVERY_MS = 1000;

/** The gate a pipeline passes before it changes an environment. */
export class Deployments {
  constructor(private readonly calls: Calls) {}

  /** Those of an environment, newest first. */
  list(
    environmentId: string,
    filters: Filters<DeploymentListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<Deployment, DeploymentPage> {
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => deploymentList({ ...means, path: { environmentId }, query }), options);
    }, pageSize);
  }

  /** Announces it, which begins its snapshot. `gate` does that, and waits. */
  create(environmentId: string, body: DeploymentCreate = {}, options?: StartOptions): Promise<Deployment> {
    return this.calls.start((means) => deploymentCreate({ ...means, path: { environmentId }, body }), options);
  }

  view<O extends ViewOptions>(deploymentId: string, options?: O) {
    return this.calls.view<DeploymentDetails, O>(
      (means) => deploymentView({ ...means, path: { deploymentId } }),
      options,
    );
  }

  /** Says how it went; a failed one may be rolled back at once. */
  finish(deploymentId: string, body: DeploymentFinish, options?: CallOptions): Promise<Deployment> {
    return this.calls.run((means) => deploymentFinish({ ...means, path: { deploymentId }, body }), options);
  }

  /**
   * Announces a deployment and returns it once its gate is open. Throws a `GateClosedError` when that is closed, and a `DeploymentEndedError` when
   * the deployment of this key has ended: a job that is run again has had its snapshot before it changed anything, and not now.
   */
  async gate(
    environmentId: string,
    { idempotencyKey, ...body }: GatedDeployment,
    options: CallOptions = {},
  ): Promise<DeploymentDetails> {
    const { id } = await this.create(environmentId, body, { ...options, idempotencyKey });
    const waiting = new Deadline(Infinity, options.signal);
    try {
      for (;;) {
        const deployment = await this.view(id, options);
        if (deployment.status !== 'running') throw new DeploymentEndedError(deployment);
        if (deployment.gate === 'open') return deployment;
        if (deployment.gate !== 'pending') throw new GateClosedError(deployment);
        await waiting.pause(LOOK_EVERY_MS);
      }
    } finally {
      waiting.clear();
    }
  }
}
