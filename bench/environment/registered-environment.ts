import {
  environmentCreate,
  projectCreate,
  rollbackCreate,
  rollbackLogList,
  settingsUpdate,
  snapshotCreate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type {
  RollbackLog,
  RollbackProgress,
  Snapshot,
  VerifyRestored,
} from '../../sdk/typescript/generated/types.gen.js';
import { watchRollback, watchSnapshot } from '../../sdk/typescript/progress.js';
import { result } from '../../sdk/typescript/result.js';
import type { BenchEnvironment } from './environment.js';
import type { ServiceProcess } from './service.js';

/** What a client of the API does with one environment; every method resolves when the service has said that it ended. */
export class RegisteredEnvironment {
  private constructor(
    private readonly service: ServiceProcess,
    private readonly environmentId: string,
  ) {}

  /** As a project of its own. */
  static async create(service: ServiceProcess, environment: BenchEnvironment): Promise<RegisteredEnvironment> {
    const { client } = service;
    const project = await result(projectCreate({ client, body: { name: `bench-${Date.now()}` } }));
    const { id } = await result(
      environmentCreate({
        client,
        path: { projectId: project.id },
        body: {
          name: 'production',
          type: 'production',
          database: environment.connection,
          filestorePath: environment.filestore,
        },
      }),
    );
    return new RegisteredEnvironment(service, id);
  }

  async verifyRestored(verifyRestored: VerifyRestored): Promise<void> {
    const path = { environmentId: this.environmentId };
    await result(settingsUpdate({ client: this.service.client, path, body: { verifyRestored } }));
  }

  /** Differential where there is a base, unless `type` says otherwise. */
  async snapshot(type?: 'full'): Promise<Snapshot> {
    const { client } = this.service;
    const path = { environmentId: this.environmentId };
    const { id } = await result(snapshotCreate({ client, path, body: type === undefined ? {} : { type } }));
    return this.completed(id);
  }

  /** The snapshot, once it is completed. Rejects when it ends otherwise. */
  async completed(snapshotId: string): Promise<Snapshot> {
    const { client } = this.service;
    const path = { environmentId: this.environmentId, snapshotId };
    await final(watchSnapshot(client, path));
    const snapshot = await result(snapshotView({ client, path }));
    if (snapshot.status !== 'completed') {
      throw new Error(`The snapshot is ${snapshot.status}: ${snapshot.failure?.message}`);
    }
    return snapshot;
  }

  /** Resolves when it is completed, and its safety snapshot is not. `onProgress` is called for every event of the progress stream. */
  async rollBack(
    snapshotId: string,
    createSafetySnapshot: boolean,
    onProgress: (progress: RollbackProgress) => void = () => undefined,
  ): Promise<RollbackLog> {
    const { client } = this.service;
    const path = { environmentId: this.environmentId };
    const body = { snapshotId, createSafetySnapshot };
    const { deploymentId } = await result(rollbackCreate({ client, path, body }));
    for await (const progress of watchRollback(client, { deploymentId })) onProgress(progress);
    const { items } = await result(rollbackLogList({ client, path }));
    const log = items.find((item) => item.deploymentId === deploymentId);
    if (log?.status !== 'completed') throw new Error(`The rollback is ${log?.status}: ${log?.failure?.message}`);
    return log;
  }
}

async function final(events: AsyncIterable<unknown>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}
