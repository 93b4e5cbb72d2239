import { Option } from 'commander';
import type { Command } from 'commander';
import type { EnvironmentDetails, ExportRequest, SnapshotExport } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { usage } from '../../outcome/outcome-error.js';
import { bytes, known, relativeTime } from '../../output/words.js';
import { waitFor } from '../../waiting/wait-for.js';
import { refuseUnsavable, saveDownload } from './saved-download.js';
import type { SaveOptions } from './saved-download.js';

interface ExportOptions extends SaveOptions {
  format?: ExportRequest['format'];
  layout?: ExportRequest['layout'];
  neutralizeFor?: string;
  key?: string;
  wait: boolean;
}

export function addSnapshotExportCommand(snapshot: Command, run: Invocation): void {
  snapshot
    .command('export')
    .description(
      "Write a snapshot as one file, for PostgreSQL's own programs and the database managers of applications; wait for it, and download it with --to",
    )
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .option('--to <file>', 'download it then: to a file or a directory, or to standard output with "-"')
    .option('--force', 'over what is there already')
    .addOption(
      new Option('--format <format>', 'zip unless told; tar_zst for more files, with any names').choices([
        'zip',
        'tar_zst',
      ]),
    )
    .addOption(
      new Option(
        '--layout <layout>',
        'plain unless told: dump.sql, for psql; directory: for pg_restore; odoo: for its database managers',
      ).choices(['plain', 'directory', 'odoo']),
    )
    .option('--neutralize-for <environment>', 'made harmless as a rollback into that environment would do it')
    .option('--key <key>', 'asked for again with the same key, it is done once')
    .option('--no-wait', 'end when it is queued')
    .action((asked: string, options: ExportOptions) => exportSnapshot(run, asked, options));
}

async function exportSnapshot(run: Invocation, asked: string, options: ExportOptions): Promise<void> {
  const { format, layout, neutralizeFor, key, wait, ...where } = options;
  if (!wait && where.to !== undefined)
    throw usage('What nobody waits for is not downloaded: leave --to or --no-wait out.');
  // Not only when all of it was made.
  if (where.to !== undefined) await refuseUnsavable(run, where);
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const { id } = await findSnapshot(snapback.snapshots, environment, asked);
  const body: ExportRequest = {
    ...(format !== undefined && { format }),
    ...(layout !== undefined && { layout }),
    ...(neutralizeFor !== undefined && { neutralizeFor: (await findEnvironment(run, neutralizeFor)).id }),
  };
  const begun = await snapback.exports.create(
    environment.id,
    id,
    body,
    key === undefined ? {} : { idempotencyKey: key },
  );
  if (!wait) {
    run.printer.done(begun, `The export ${begun.id.slice(0, 8)} of ${environment.name} is ${begun.status}.`, begun.id);
    run.printer.note(`See what becomes of it: snapback exports show ${begun.id.slice(0, 8)}`);
    return;
  }
  const made = await waitForExport(run, environment, begun);
  if (where.to === undefined) return tellExport(run, made);
  await saveDownload(run, (means) => snapback.exports.download(environment.id, made.id, means), where);
  // Standard output may be the file's.
  run.printer.note(
    `It is kept until ${made.expiresAt}; take it away before: snapback exports rm ${made.id.slice(0, 8)}`,
  );
}

async function waitForExport(
  run: Invocation,
  { id: environmentId, name }: EnvironmentDetails,
  { id }: SnapshotExport,
): Promise<SnapshotExport> {
  const { snapback } = await run.session();
  return waitFor(run, {
    what: `the export ${id.slice(0, 8)} of ${name}`,
    wait: (options) => snapback.waitForExport(environmentId, id, options),
    lookAgain: `snapback exports show ${id}`,
  });
}

function tellExport({ printer }: Invocation, made: SnapshotExport): void {
  const { id, fileName, sizeBytes, expiresAt } = made;
  const size = known(sizeBytes, (count) => `, ${bytes(count)}`) ?? '';
  const until = known(expiresAt, (at) => `; it is kept until ${at} (${relativeTime(at, Date.now())})`) ?? '';
  printer.done(made, `${fileName} is there${size}${until}.`, id);
  printer.note(`Download it: snapback exports get ${id.slice(0, 8)}`);
}
