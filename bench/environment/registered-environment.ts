import { setTimeout as sleep } from 'node:timers/promises';
import {
  environmentCreate,
  environmentView,
  projectCreate,
  rollbackCreate,
  rollbackLogList,
  settingsUpdate,
  snapshotCreate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type {
  EnvironmentCreate,
  RollbackLog,
  RollbackProgress,
  SnapshotSettingsUpdate,
  Snapshot,
  Standby,
} from '../../sdk/typescript/generated/types.gen.js';
import { watchRollback, watchSnapshot } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import type { BenchEnvironment } from './environment.js';
import type { ServiceProcess } from './service.js';

/** How often to look what has become of a standby. */
const LOOK_MS = 200;

/** What a client of the API does with one environment; every method resolves when the service has said that it ended. */
export class RegisteredEnvironment {
  private constructor(
    private readonly service: ServiceProcess,
    private readonly projectId: string,
    readonly environmentId: string,
  ) {}

  /** As a project of its own. */
  static create(service: ServiceProcess, environment: BenchEnvironment): Promise<RegisteredEnvironment> {
    return RegisteredEnvironment.register(service, {
      database: { kind: 'connection', ...environment.connection },
      filestorePath: environment.filestore,
    });
  }

  /** A filestore without a database, likewise. */
  static ofFiles(service: ServiceProcess, filestorePath: string): Promise<RegisteredEnvironment> {
    return RegisteredEnvironment.register(service, { filestorePath });
  }

  private static async register(
    service: ServiceProcess,
    parts: Pick<EnvironmentCreate, 'database' | 'filestorePath'>,
  ): Promise<RegisteredEnvironment> {
    const { client } = service;
    const project = await result(projectCreate({ client, body: { name: `bench-${Date.now()}` } }));
    const { id } = await result(
      environmentCreate({
        client,
        path: { projectId: project.id },
        body: { name: 'production', type: 'production', ...parts },
      }),
    );
    return new RegisteredEnvironment(service, project.id, id);
  }

  async change(settings: SnapshotSettingsUpdate): Promise<void> {
    const path = { environmentId: this.environmentId };
    await result(settingsUpdate({ client: this.service.client, path, body: settings }));
  }

  /** Resolves when that snapshot stands ready beside the live state. */
  async standbyOf(snapshotId: string): Promise<Standby> {
    for (;;) {
      const standby = await this.standby();
      if (standby?.snapshotId === snapshotId && standby.status === 'ready') return standby;
      if (standby?.status === 'missing') throw new Error(`There is no standby: ${standby.reason?.message}`);
      await sleep(LOOK_MS);
    }
  }

  /** Resolves when nothing of any standby is left. */
  async withoutStandby(): Promise<void> {
    while ((await this.standby()) !== null) await sleep(LOOK_MS);
  }

  private async standby(): Promise<Standby | null> {
    const path = { projectId: this.projectId, environmentId: this.environmentId };
    return (await result(environmentView({ client: this.service.client, path }))).standby;
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
