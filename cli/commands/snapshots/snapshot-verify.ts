import type { Command } from 'commander';
import type { Snapback, VerificationProgress, WaitOptions } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { failed } from '../../outcome/outcome-error.js';
import { waitFor } from '../../waiting/wait-for.js';

export function addSnapshotVerifyCommand(snapshot: Command, run: Invocation): void {
  snapshot
    .command('verify')
    .description('Prove a snapshot: restore it beside its environment, and compare every row and every file')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .option('--wait', 'show its progress, and end when it has ended')
    .action((asked: string, { wait }: { wait?: boolean }) => verify(run, asked, wait === true));
}

async function verify(run: Invocation, asked: string, wait: boolean): Promise<void> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const { id } = await findSnapshot(snapback.snapshots, environment, asked);
  const begun = await snapback.snapshots.verify(environment.id, id);
  const what = `the verification of the snapshot ${id.slice(0, 8)}`;
  if (!wait) {
    run.printer.done(begun, `T${what.slice(1)} is ${begun.status}.`, begun.id);
    run.printer.note(`See what came of it: snapback snapshot show ${id}`);
    return;
  }
  const last = await waitFor(run, {
    what,
    wait: (options: WaitOptions<VerificationProgress>) => lastOf(snapback, environment.id, id, options),
    lookAgain: `snapback snapshot show ${id}`,
  });
  const { finding, outcome } = last;
  if (outcome !== 'equal')
    throw failed(`T${what.slice(1)} ended: ${outcome ?? 'without an outcome'}. ${finding?.message ?? ''}`.trimEnd());
  run.printer.done(
    last,
    `The snapshot ${id.slice(0, 8)} is proven: restored, and equal in every row and file.`,
    begun.id,
  );
}

async function lastOf(
  snapback: Snapback,
  environmentId: string,
  snapshotId: string,
  { onProgress, ...options }: WaitOptions<VerificationProgress>,
): Promise<VerificationProgress> {
  for await (const event of snapback.snapshots.watchVerification(environmentId, snapshotId, options)) {
    if (event.final) return event;
    onProgress?.(event);
  }
  throw failed('The progress of the verification ended before it did.');
}
