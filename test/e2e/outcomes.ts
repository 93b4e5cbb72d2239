import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  rollbackCreate,
  rollbackLogList,
  snapshotCreate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type {
  RollbackLog,
  RollbackRequest,
  SnapshotCreate,
  SnapshotDetails,
} from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { waitUntil } from './wait-until.js';

/** How often somebody looks whether something has ended: each look costs a request, and the test waits for the work anyway. */
const EVERY_MS = 120;

/** The snapshot once it has ended, however it did. */
export function endOfSnapshot(
  client: Client,
  path: { environmentId: string; snapshotId: string },
  seconds = 60,
): Promise<SnapshotDetails> {
  const ended = async () => {
    const snapshot = await result(snapshotView({ client, path }));
    return snapshot.finishedAt !== null && snapshot;
  };
  return waitUntil(`the snapshot ${path.snapshotId} ends`, ended, { seconds, everyMs: EVERY_MS });
}

/** A completed snapshot of the environment's present state. */
export async function takeSnapshot(
  client: Client,
  environmentId: string,
  body: SnapshotCreate = {},
): Promise<SnapshotDetails> {
  const { id: snapshotId } = await result(snapshotCreate({ client, path: { environmentId }, body }));
  const snapshot = await endOfSnapshot(client, { environmentId, snapshotId });
  if (snapshot.status !== 'completed') throw new Error(`It is ${snapshot.status}: ${snapshot.failure?.message}`);
  return snapshot;
}

/** The log of a rollback of this environment, as it is. */
export async function logOf(client: Client, environmentId: string, deploymentId: string): Promise<RollbackLog> {
  const { items } = await result(rollbackLogList({ client, path: { environmentId } }));
  const log = items.find((item) => item.deploymentId === deploymentId);
  if (log === undefined) throw new Error(`The environment has no rollback ${deploymentId}.`);
  return log;
}

/** The log of a rollback once it has ended, however it did. */
export function endOfRollback(
  client: Client,
  environmentId: string,
  deploymentId: string,
  seconds = 60,
): Promise<RollbackLog> {
  const ended = async () => {
    const log = await logOf(client, environmentId, deploymentId);
    return log.finishedAt !== null && log;
  };
  return waitUntil(`the rollback ${deploymentId} ends`, ended, { seconds, everyMs: EVERY_MS });
}

/** The log of a rollback once it and its safety snapshot have ended, however they did. */
export async function endOfSafety(client: Client, environmentId: string, deploymentId: string): Promise<RollbackLog> {
  const ended = async () => {
    const log = await logOf(client, environmentId, deploymentId);
    const { safetySnapshotStatus: safety } = log;
    return log.finishedAt !== null && safety !== 'queued' && safety !== 'running' && log;
  };
  return waitUntil(`the rollback ${deploymentId} and its safety snapshot end`, ended, { seconds: 60 });
}

/** Runs a rollback to its end, and that of its safety snapshot; the log is that of the environment which was changed. */
export async function rollBack(client: Client, environmentId: string, body: RollbackRequest): Promise<RollbackLog> {
  const { deploymentId } = await result(rollbackCreate({ client, path: { environmentId }, body }));
  return endOfSafety(client, body.targetEnvironmentId ?? environmentId, deploymentId);
}
