import type { Command } from 'commander';
import type { EnvironmentDetails, RollbackPlan, RollbackRequest, Snapshot } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, newestProven, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';

/** What both the plan and the rollback take. */
export interface PlanOptions {
  safetySnapshot: boolean;
  into?: string;
}

export interface Planned {
  environment: EnvironmentDetails;
  /** The one that becomes what the snapshot holds; most of the time the same. */
  target: EnvironmentDetails;
  snapshot: Snapshot;
  request: RollbackRequest;
  plan: RollbackPlan;
}

export function addPlanOptions(command: Command): Command {
  return command
    .argument('[snapshot]', `${SNAPSHOT_NAMES}; the newest proven one, unless told`)
    .option('--into <environment>', 'another environment of the project that becomes what the snapshot holds')
    .option('--no-safety-snapshot', 'take no snapshot of what is swapped out');
}

export async function planFor(run: Invocation, asked: string | undefined, options: PlanOptions): Promise<Planned> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const target = options.into === undefined ? environment : await findEnvironment(run, options.into);
  const snapshot =
    asked === undefined
      ? await newestProven(snapback.snapshots, environment)
      : await findSnapshot(snapback.snapshots, environment, asked);
  const request: RollbackRequest = {
    snapshotId: snapshot.id,
    ...(target.id !== environment.id && { targetEnvironmentId: target.id }),
    ...(!options.safetySnapshot && { createSafetySnapshot: false }),
  };
  return { environment, target, snapshot, request, plan: await snapback.rollbacks.plan(environment.id, request) };
}
