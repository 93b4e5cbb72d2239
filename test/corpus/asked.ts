import { setTimeout as sleep } from 'node:timers/promises';
import {
  rollbackCreate,
  rollbackLogList,
  rollbackPlan,
  snapshotCreate,
  snapshotVerify,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type {
  RollbackLog,
  RollbackPlan,
  RollbackRequest,
  SnapshotDetails,
} from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import type { World } from './world.js';

/** What a person does, through the service: every function waits for the end, however it ended. */

const LOOK_EVERY_MS = 150;
/** Longer than the service allows anything to take. */
const LIMIT_MS = 130 * 60_000;

export async function takeSnapshot(world: World, environmentId: string): Promise<SnapshotDetails> {
  const { id } = await result(snapshotCreate({ client: world.client, path: { environmentId } }));
  return until(async () => {
    const snapshot = await viewSnapshot(world, environmentId, id);
    return snapshot.finishedAt === null ? undefined : snapshot;
  });
}

export function viewSnapshot(world: World, environmentId: string, snapshotId: string): Promise<SnapshotDetails> {
  return result(snapshotView({ client: world.client, path: { environmentId, snapshotId } }));
}

/** The snapshot with its verification, once that has ended. */
export async function verifySnapshot(world: World, snapshot: SnapshotDetails): Promise<SnapshotDetails> {
  const { environmentId, id: snapshotId } = snapshot;
  await result(snapshotVerify({ client: world.client, path: { environmentId, snapshotId } }));
  return until(async () => {
    const seen = await viewSnapshot(world, environmentId, snapshotId);
    return seen.verification?.status === 'ended' ? seen : undefined;
  });
}

export function planRollback(world: World, environmentId: string, body: RollbackRequest): Promise<RollbackPlan> {
  return result(rollbackPlan({ client: world.client, path: { environmentId }, body }));
}

/** Resolves when its safety snapshot has ended as well: that is of a state which is kept until then. */
export async function rollBack(world: World, environmentId: string, body: RollbackRequest): Promise<RollbackLog> {
  const { deploymentId } = await result(rollbackCreate({ client: world.client, path: { environmentId }, body }));
  const path = { environmentId: body.targetEnvironmentId ?? environmentId };
  return until(async () => {
    const { items } = await result(rollbackLogList({ client: world.client, path }));
    const log = items.find((item) => item.deploymentId === deploymentId && item.finishedAt !== null);
    return ['queued', 'running'].includes(log?.safetySnapshotStatus ?? '') ? undefined : log;
  });
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + LIMIT_MS; ; await sleep(LOOK_EVERY_MS)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`it had not ended after ${LIMIT_MS / 60_000} minutes`);
  }
}

/** Every finding in an answer, wherever it lies: a code and a sentence, and what a finding says besides. */
export function findingsIn(answer: unknown): string[] {
  if (typeof answer !== 'object' || answer === null) return [];
  const below = Object.values(answer).flatMap(findingsIn);
  const { code, message } = answer as { code?: unknown; message?: unknown };
  return typeof code === 'string' && typeof message === 'string' ? [`${code}: ${message}`, ...below] : below;
}
