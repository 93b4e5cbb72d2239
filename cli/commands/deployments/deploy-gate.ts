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

/** Announces a deployment and returns it once its gate is open. One of the same key that has ended is refused: its snapshot was taken then, and not now. */
export async function announce(
  run: Invocation,
  environment: EnvironmentDetails,
  options: AnnounceOptions,
): Promise<DeploymentDetails> {
  const { snapback } = await run.session();
  const idempotencyKey = options.key ?? keyOfJob(run.environment) ?? randomUUID();
  const body = options.version === undefined ? {} : { version: options.version };
  const { id, snapshotId } = await snapback.deployments.create(environment.id, body, { idempotencyKey });
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
