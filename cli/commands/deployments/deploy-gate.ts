import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type {
  DeploymentDetails,
  EnvironmentDetails,
  Snapback,
  SnapshotProgress,
  WaitOptions,
} from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { waitFor } from '../../waiting/wait-for.js';
import { keyOfJob } from './key-of-job.js';

export interface AnnounceOptions {
  version?: string;
  key?: string;
}

export function addAnnounceOptions(command: Command): Command {
  return command
    .option('--version <text>', 'what is deployed')
    .option(
      '--key <key>',
      "under which the same job finds its deployment again; that of the pipeline's job, where it tells one",
    );
}

/** A deployment whose gate is still to be passed. */
export interface Announced {
  id: string;
  snapshotId: string | null;
  body: { version?: string };
  idempotencyKey: string;
}

export async function announce(
  run: Invocation,
  environment: EnvironmentDetails,
  { version, key }: AnnounceOptions,
): Promise<Announced> {
  const { snapback } = await run.session();
  const idempotencyKey = key ?? keyOfJob(run.environment, environment.id) ?? randomUUID();
  const body = version === undefined ? {} : { version };
  const { id, snapshotId } = await snapback.deployments.create(environment.id, body, { idempotencyKey });
  return { id, snapshotId, body, idempotencyKey };
}

/** Returns the deployment once its gate is open. One that has ended is refused: its snapshot was taken then, and not now. */
export async function passGate(
  run: Invocation,
  environment: EnvironmentDetails,
  { id, snapshotId, body, idempotencyKey }: Announced,
): Promise<DeploymentDetails> {
  const { snapback } = await run.session();
  return waitFor(run, {
    what: `the deployment ${id.slice(0, 8)}`,
    wait: async (waiting: WaitOptions<SnapshotProgress>) => {
      const watched = new AbortController();
      const signal = waiting.signal === undefined ? watched.signal : AbortSignal.any([waiting.signal, watched.signal]);
      if (snapshotId !== null) void show(snapback, environment.id, snapshotId, { ...waiting, signal });
      try {
        return await snapback.gateDeployment(
          environment.id,
          { ...body, idempotencyKey },
          waiting.signal ? { signal: waiting.signal } : {},
        );
      } finally {
        watched.abort();
      }
    },
    cancel: () => snapback.deployments.finish(id, { outcome: 'failed' }),
    lookAgain: `snapback deploy show ${id}`,
  });
}

/** For the eyes only: the gate is what decides. */
async function show(
  snapback: Snapback,
  environmentId: string,
  snapshotId: string,
  { onProgress, ...options }: WaitOptions<SnapshotProgress>,
) {
  try {
    for await (const event of snapback.snapshots.watch(environmentId, snapshotId, options)) onProgress?.(event);
  } catch {
    // Nobody may look at it, or not any more.
  }
}
