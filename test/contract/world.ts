import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  rollbackCreate,
  settingsUpdate,
  snapshotCreate,
  webhookCreate,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Deployment, Snapshot, SnapshotCreate } from '../../sdk/typescript/generated/types.gen.js';
import { watchRollback, watchSnapshot } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { plantDelivery } from './planted-delivery.js';
import { plantExport } from './planted-export.js';
import { plantItemRestore } from './planted-item-restore.js';
import { plantOperation } from './planted-operation.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceOf } from '../harness/service.js';

/** One of everything the contract has an id for, all of it real. */
export interface World extends TestEnvironment {
  snapshotId: string;
  /** Announced, its gate open, not finished. */
  deployment: Deployment;
  /** The deployment id of a rollback that has completed. */
  rollbackId: string;
  /** Something that hangs. */
  operationId: string;
  /** Nobody is at its URL, and it is told of nothing that happens here. */
  webhookId: string;
  deliveryId: string;
  /** Completed, and still to be taken back. */
  itemRestoreId: string;
  /** Completed. */
  exportId: string;
  /** The service's own database, and its directory. */
  state: DatabaseAddress;
  directory: string;
}

type Options = Parameters<typeof createTestEnvironment>[2];

export async function createWorld(
  client: Client,
  {
    filestoreRoot,
    state,
    directory,
    options,
  }: { filestoreRoot: string; state: DatabaseAddress; directory: string; options?: Options },
): Promise<World> {
  const made = await createTestEnvironment(client, filestoreRoot, options);
  const path = { environmentId: made.environment.id };
  // Otherwise each announced deployment would take a snapshot.
  await result(settingsUpdate({ client, path, body: { autoEnabled: false } }));
  const { id: snapshotId } = await completedSnapshot(client, path.environmentId);
  const body = { snapshotId, createSafetySnapshot: false };
  const { deploymentId: rollbackId } = await result(rollbackCreate({ client, path, body }));
  await rollbackEnded(client, rollbackId);
  const deployment = await result(deploymentCreate({ client, path }));
  const { project, environment } = made;
  const operationId = await plantOperation(state, { projectId: project.id, environmentId: environment.id });
  const webhook = await result(
    webhookCreate({
      client,
      path: { projectId: project.id },
      body: { url: 'http://127.0.0.1:9/nobody', events: ['rollback.reverted'] },
    }),
  );
  const deliveryId = await plantDelivery(state, webhook);
  const itemRestoreId = await plantItemRestore(state, { ...path, snapshotId });
  const exportId = await plantExport(state, directory, { ...path, snapshotId });
  const others = { operationId, webhookId: webhook.id, deliveryId, itemRestoreId, exportId };
  return { ...made, state, directory, snapshotId, deployment, rollbackId, ...others };
}

/** Takes a snapshot and waits for it. Throws when it does not complete. */
export async function completedSnapshot(
  client: Client,
  environmentId: string,
  body?: SnapshotCreate,
): Promise<Snapshot> {
  const snapshot = await result(snapshotCreate({ client, path: { environmentId }, body }));
  const status = await snapshotEnded(client, snapshot);
  if (status !== 'completed') throw new Error(`The snapshot is ${status}.`);
  return snapshot;
}

/** The status in which a snapshot ends. */
export async function snapshotEnded(
  client: Client,
  { id, environmentId }: Pick<Snapshot, 'id' | 'environmentId'>,
): Promise<string> {
  let last = '';
  for await (const { status, failure } of watchSnapshot(client, { environmentId, snapshotId: id })) {
    last = failure === null ? status : `${status}: ${failure.message}`;
  }
  return last;
}

/** The status in which a rollback ends. */
export async function rollbackEnded(client: Client, deploymentId: string): Promise<string> {
  let last = '';
  for await (const { status, failure } of watchRollback(client, { deploymentId })) {
    last = failure === null ? status : `${status}: ${failure.message}`;
  }
  return last;
}

/** A service for two organizations that trust each other with nothing, and what they have there. */
export interface Worlds {
  service: Awaited<ReturnType<typeof startServiceOf>>;
  /** Of acme. */
  world: World;
  /** Of acme too, in another project. */
  neighbour: World;
  /** Of rival. */
  stranger: World;
  stop(): Promise<void>;
}

export async function startWorlds(): Promise<Worlds> {
  const service = await startServiceOf(['acme', 'rival']);
  const { rootOf, database: state, directory } = service;
  const [world, neighbour, stranger] = await Promise.all([
    createWorld(service.client(), { filestoreRoot: rootOf('acme'), state, directory }),
    createWorld(service.client(), { filestoreRoot: rootOf('acme'), state, directory }),
    createWorld(service.client({ organization: 'rival' }), { filestoreRoot: rootOf('rival'), state, directory }),
  ]);
  return {
    service,
    world,
    neighbour,
    stranger,
    stop: async () => {
      await service.stop();
      await Promise.all([world, neighbour, stranger].map(({ database }) => database.drop()));
    },
  };
}
