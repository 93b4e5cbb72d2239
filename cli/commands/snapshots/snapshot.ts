import type { Command } from 'commander';
import { Option } from 'commander';
import type { RestorabilityState, Snapshot, SnapshotStatus, SnapshotTrigger } from '../../../sdk/typescript/index.js';
import { confirmed, nameToType } from '../../ask/confirm.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { bytes, counted, known, seconds } from '../../output/words.js';
import { dateOf, limitOption } from '../options.js';
import { addSnapshotCompareCommand } from './snapshot-compare.js';
import { addSnapshotContentsCommands } from './snapshot-contents.js';
import { addSnapshotCreateCommand } from './snapshot-create.js';
import { addSnapshotExportCommand } from './snapshot-export.js';
import { addSnapshotGetCommand } from './snapshot-get.js';
import { SNAPSHOT_COLUMNS, toldSnapshot } from './snapshot-told.js';
import { addSnapshotVerifyCommand } from './snapshot-verify.js';

interface ListFilters {
  limit: number;
  status?: SnapshotStatus;
  restorability?: RestorabilityState;
  trigger?: SnapshotTrigger;
  pinned?: boolean;
}

export function addSnapshotCommands(program: Command, run: Invocation): void {
  const snapshot = program
    .command('snapshot')
    .description('Snapshots: captured states of an environment, which never change');
  addSnapshotCreateCommand(snapshot, run);

  snapshot
    .command('list')
    .description('List the snapshots, newest first')
    .addOption(limitOption())
    .addOption(
      new Option('--status <status>', 'only those').choices([
        'queued',
        'running',
        'completed',
        'failed',
        'cancelled',
        'deleting',
      ]),
    )
    .addOption(
      new Option('--restorability <state>', 'only those').choices(['expected', 'doubtful', 'proven', 'refuted']),
    )
    .addOption(new Option('--trigger <trigger>', 'only those').choices(['manual', 'pre_deploy', 'scheduled', 'safety']))
    .option('--pinned', 'only those')
    .action(async ({ limit, ...filters }: ListFilters) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const pages = snapback.snapshots.list(environment.id, filters, { pageSize: 100 });
      const none =
        Object.keys(filters).length === 0
          ? `${environment.name} has no snapshot; take one: snapback snapshot create --wait`
          : `${environment.name} has no such snapshot.`;
      await run.printer.pages(pages, limit, SNAPSHOT_COLUMNS, ({ id }) => id, none);
    });

  snapshot
    .command('show')
    .description('Show a snapshot: what is in it, what is known of it, what used it')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .action(async (asked: string) => {
      const { environment, found } = await named(run, asked);
      const details = await (await run.session()).snapback.snapshots.view(environment.id, found.id);
      run.printer.one(details, () => toldSnapshot(details, Date.now()), details.id);
    });

  addSnapshotContentsCommands(snapshot, run);
  addSnapshotGetCommand(snapshot, run);
  addSnapshotExportCommand(snapshot, run);
  addSnapshotCompareCommand(snapshot, run);

  snapshot
    .command('pin')
    .description('Keep a snapshot, whatever retention says')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .option('--label <text>', 'a text for people')
    .option('--reason <text>', 'why, for those who will wonder one day')
    .addOption(new Option('--until <time>', 'when it need not be kept any more, such as 2027-06-30').argParser(dateOf))
    .action(async (asked: string, { until, ...body }: { label?: string; reason?: string; until?: Date }) => {
      const { environment, found } = await named(run, asked);
      const { snapback } = await run.session();
      const pin = { ...body, ...(until !== undefined && { expiresAt: until.toISOString() }) };
      const pinned = await snapback.snapshots.pin(environment.id, found.id, pin);
      run.printer.done(pinned, `The snapshot ${short(pinned)} is pinned.`, pinned.id);
    });

  snapshot
    .command('unpin')
    .description('Let retention decide again')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .action(async (asked: string) => {
      const { environment, found } = await named(run, asked);
      const unpinned = await (await run.session()).snapback.snapshots.unpin(environment.id, found.id);
      run.printer.done(unpinned, `The snapshot ${short(unpinned)} is not pinned any more.`, unpinned.id);
    });

  addSnapshotVerifyCommand(snapshot, run);

  snapshot
    .command('cancel')
    .description('Call a snapshot off that has not ended')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .action(async (asked: string) => {
      const { environment, found } = await named(run, asked);
      const cancelled = await (await run.session()).snapback.snapshots.cancel(environment.id, found.id);
      run.printer.done(cancelled, `The snapshot ${short(cancelled)} is being cancelled.`, cancelled.id);
    });

  snapshot
    .command('rm')
    .description('Delete a snapshot')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .option('--detach', 'also a base: differentials that were built on it hold all they need')
    .option('-y, --yes', 'do not ask')
    .action(async (asked: string, { detach, yes }: { detach?: boolean; yes?: boolean }) => {
      const { environment, found } = await named(run, asked);
      const typed = nameToType(environment);
      const what = `the snapshot ${short(found)}${known(found.label, (label) => ` (${label})`) ?? ''} of ${environment.name}`;
      await confirmed(run, { question: `Delete ${what}? Nobody can bring it back.`, typed, yes });
      const { snapback } = await run.session();
      await snapback.snapshots.delete(environment.id, found.id, detach === true ? { base: 'detach' } : {});
      run.printer.done({ id: found.id, deleted: true }, `The snapshot ${short(found)} is deleted.`, found.id);
    });

  snapshot
    .command('estimate')
    .description('Say what a snapshot would read and store now, and how long it would take')
    .action(async () => {
      const environment = await findEnvironment(run);
      const estimate = await (await run.session()).snapback.snapshots.estimate(environment.id);
      run.printer.one(estimate, () => [
        ['database', known(estimate.databaseBytes, bytes) ?? 'none'],
        [
          'filestore',
          known(
            estimate.filestoreBytes,
            (size) =>
              `${bytes(size)} in ${counted(estimate.fileCount ?? 0, 'file')}${estimate.filestoreExtrapolated ? ', extrapolated' : ''}`,
          ) ?? 'none',
        ],
        ['would store', known(estimate.expectedStoredBytes, bytes)],
        ['would take', known(estimate.expectedDurationSeconds, (time) => `about ${seconds(time)}`)],
      ]);
    });
}

async function named(run: Invocation, asked: string) {
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  return { environment, found: await findSnapshot(snapback.snapshots, environment, asked) };
}

function short({ id }: Pick<Snapshot, 'id'>): string {
  return id.slice(0, 8);
}
