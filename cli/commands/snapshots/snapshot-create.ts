import type { Command } from 'commander';
import { Option } from 'commander';
import type { EnvironmentDetails, Snapshot, SnapshotDetails, SnapshotType } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { bytes, known, seconds } from '../../output/words.js';
import { waitFor } from '../../waiting/wait-for.js';

interface CreateOptions {
  label?: string;
  type?: SnapshotType;
  scheduled?: boolean;
  key?: string;
  wait?: boolean;
}

export function addSnapshotCreateCommand(snapshot: Command, run: Invocation): void {
  snapshot
    .command('create')
    .description('Take a snapshot')
    .option('--label <text>', 'what it is for')
    .addOption(
      new Option('--type <type>', 'full reads everything, differential what has changed').choices([
        'full',
        'differential',
      ]),
    )
    .option('--scheduled', 'a timer asks, and not a person')
    .option('--key <key>', 'asked for again with the same key, it is taken once')
    .option('--wait', 'show its progress, and end when it has ended')
    .action((options: CreateOptions) => create(run, options));
}

async function create(run: Invocation, { label, type, scheduled, key, wait }: CreateOptions): Promise<void> {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const body = {
    ...(label !== undefined && { label }),
    ...(type !== undefined && { type }),
    ...(scheduled === true && { trigger: 'scheduled' as const }),
  };
  const begun = await snapback.snapshots.create(environment.id, body, key === undefined ? {} : { idempotencyKey: key });
  if (wait !== true) {
    run.printer.done(
      begun,
      `The snapshot ${begun.id.slice(0, 8)} of ${environment.name} is ${begun.status}.`,
      begun.id,
    );
    run.printer.note('Look on with "snapback watch"; next time, --wait waits for it.');
    return;
  }
  const taken = await waitForSnapshot(run, environment, begun);
  run.printer.done(taken, summary(taken, environment), taken.id);
  for (const { message } of taken.warnings ?? []) run.printer.note(`Warning: ${message}`);
}

export async function waitForSnapshot(
  run: Invocation,
  { id: environmentId, name }: EnvironmentDetails,
  { id }: Snapshot,
): Promise<SnapshotDetails> {
  const { snapback } = await run.session();
  return waitFor(run, {
    what: `the snapshot ${id.slice(0, 8)} of ${name}`,
    wait: (options) => snapback.waitForSnapshot(environmentId, id, options),
    cancel: () => snapback.snapshots.cancel(environmentId, id),
    lookAgain: `snapback snapshot show ${id}`,
  });
}

function summary(
  { id, databaseBytes, filestoreBytes, storedBytes, durationMs, label }: SnapshotDetails,
  { name }: EnvironmentDetails,
): string {
  const size = bytes((databaseBytes ?? 0) + (filestoreBytes ?? 0));
  const stored = known(storedBytes, (count) => `, ${bytes(count)} stored`) ?? '';
  const time = known(durationMs, (ms) => ` in ${seconds(ms / 1000)}`) ?? '';
  return `The snapshot ${id.slice(0, 8)} of ${name}${known(label, (text) => ` (${text})`) ?? ''} is completed: ${size}${stored}${time}.`;
}
