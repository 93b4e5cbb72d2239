import { rollbackCancel, rollbackCreate, rollbackLogList, rollbackPlan, rollbackUndo } from '../generated/sdk.gen.js';
import type {
  RollbackAccepted,
  RollbackLog,
  RollbackLogPage,
  RollbackPlan,
  RollbackProgress,
  RollbackRequest,
  UndoRequest,
} from '../generated/types.gen.js';
import { RollbackNotCompletedError } from '../errors/ended-otherwise.js';
import { SnapbackError } from '../errors/snapback-error.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, ListOptions, StartOptions } from '../requests/calls.js';
import type { StreamOptions } from '../streams/follow.js';
import type { Streams, WaitOptions } from '../streams/streams.js';
import { waitForEnd } from '../streams/wait-for-end.js';
import { hearRollback, watchRollback } from '../streams/watch.js';
import type { Deployments } from './deployments.js';

/** Bringing an environment back to a snapshot. */
export class Rollbacks {
  constructor(
    private readonly calls: Calls,
    private readonly streams: Streams,
    private readonly deployments: Deployments,
  ) {}

  /** What would happen; changes nothing. With its `planToken` a rollback is refused when it would be another one. */
  plan(environmentId: string, body: RollbackRequest, options?: CallOptions): Promise<RollbackPlan> {
    return this.calls.run((means) => rollbackPlan({ ...means, path: { environmentId }, body }), options);
  }

  /** Queued when this resolves; `waitFor` waits for its end. */
  create(environmentId: string, body: RollbackRequest, options?: StartOptions): Promise<RollbackAccepted> {
    return this.calls.start((means) => rollbackCreate({ ...means, path: { environmentId }, body }), options);
  }

  /** The logs of all rollbacks that have changed an environment, newest first. */
  list(environmentId: string, { pageSize, ...options }: ListOptions = {}): Pages<RollbackLog, RollbackLogPage> {
    const path = { environmentId };
    return new Pages(
      (query) => this.calls.run((means) => rollbackLogList({ ...means, path, query }), options),
      pageSize,
    );
  }

  /** Its progress, from its present state to the final event, across lost connections. */
  watch(deploymentId: string, options?: StreamOptions): AsyncGenerator<RollbackProgress, void> {
    return watchRollback(this.streams.client, { deploymentId }, this.streams.options(options));
  }

  /** The log of a rollback that has completed. Throws a `RollbackNotCompletedError`, which has it, when it comes to another end. */
  async waitFor(deploymentId: string, options: WaitOptions<RollbackProgress> = {}): Promise<RollbackLog> {
    const heard = hearRollback(this.streams.client, { deploymentId }, this.streams.options(options));
    const { signal } = options;
    const log = await waitForEnd(heard, () => this.logOf(deploymentId, { ...(signal && { signal }) }), options);
    if (log.status !== 'completed') throw new RollbackNotCompletedError(log);
    return log;
  }

  /** Swaps the state back that a rollback has swapped out, as long as that is kept. It is a rollback itself. */
  undo(deploymentId: string, body: UndoRequest = {}, options?: StartOptions): Promise<RollbackAccepted> {
    return this.calls.start((means) => rollbackUndo({ ...means, path: { deploymentId }, body }), options);
  }

  /** Before its cutover; what is returned may not have ended yet. */
  cancel(deploymentId: string, options?: CallOptions): Promise<RollbackLog> {
    return this.calls.run((means) => rollbackCancel({ ...means, path: { deploymentId } }), options);
  }

  private async logOf(deploymentId: string, options: CallOptions): Promise<RollbackLog> {
    const { environmentId } = await this.deployments.view(deploymentId, options);
    for await (const log of this.list(environmentId, options)) if (log.deploymentId === deploymentId) return log;
    throw new SnapbackError(`The environment has no rollback ${deploymentId}.`);
  }
}
