import type { Command } from 'commander';
import type { SnapshotExport } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import type { Column, Property } from '../../output/table.js';
import { bytes, finding, known, relativeTime } from '../../output/words.js';
import { limitOption } from '../options.js';
import { refuseUnsavable, saveDownload } from '../snapshots/saved-download.js';
import type { SaveOptions } from '../snapshots/saved-download.js';
import { EXPORT_NAMES, findExport } from './find-export.js';

const COLUMNS: readonly Column<SnapshotExport>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'asked for', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()) },
  { title: 'status', cell: ({ status }) => status },
  { title: 'snapshot', cell: ({ snapshotId }) => snapshotId.slice(0, 8), dropFirst: 2 },
  { title: 'format', cell: ({ format }) => format, dropFirst: 4 },
  { title: 'layout', cell: ({ layout }) => layout, dropFirst: 3 },
  { title: 'harmless', cell: ({ neutralizedFor }) => (neutralizedFor === null ? '' : 'yes'), dropFirst: 1 },
  { title: 'size', cell: ({ sizeBytes }) => known(sizeBytes, bytes), right: true },
  { title: 'kept until', cell: ({ expiresAt }) => known(expiresAt, (at) => relativeTime(at, Date.now())) },
  { title: 'by', cell: ({ requestedBy }) => requestedBy, dropFirst: 5 },
];

export function addExportsCommands(program: Command, run: Invocation): void {
  const exports = program.command('exports').description('Snapshots as files; "snapback snapshot export" makes one');

  exports
    .command('list')
    .description('List the exports of an environment, newest first')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const pages = snapback.exports.list(environment.id, { pageSize: 100 });
      const none = `No snapshot of ${environment.name} was exported.`;
      await run.printer.pages(pages, limit, COLUMNS, ({ id }) => id, none);
    });

  exports
    .command('show')
    .description('Show an export: what was asked for, and what has become of it')
    .argument('<export>', EXPORT_NAMES)
    .action(async (asked: string) => {
      const found = await findExport(run, await findEnvironment(run), asked);
      run.printer.one(found, () => toldExport(found), found.id);
    });

  exports
    .command('get')
    .description('Download the file of an export')
    .argument('<export>', EXPORT_NAMES)
    .option(
      '--to <file>',
      'where to: a file or a directory, "-" for standard output; here, under its name, unless told',
    )
    .option('--force', 'over what is there already')
    .action(async (asked: string, where: SaveOptions) => {
      await refuseUnsavable(run, where);
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const { id } = await findExport(run, environment, asked);
      await saveDownload(run, (options) => snapback.exports.download(environment.id, id, options), where);
    });

  exports
    .command('rm')
    .description('Remove the file of an export before its time is over')
    .argument('<export>', EXPORT_NAMES)
    .action(async (asked: string) => {
      const environment = await findEnvironment(run);
      const { id } = await findExport(run, environment, asked);
      const removed = await (await run.session()).snapback.exports.delete(environment.id, id);
      run.printer.done(removed, `The file of the export ${id.slice(0, 8)} is removed.`, id);
    });
}

function toldExport(made: SnapshotExport): Property[] {
  return [
    ['id', made.id],
    ['status', made.status],
    ['finding', known(made.finding, finding)],
    ['snapshot', made.snapshotId],
    ['format', made.format],
    ['layout', made.layout],
    ['harmless as for', made.neutralizedFor ?? 'nobody: it is as it was captured'],
    ['file', made.fileName],
    ['size', known(made.sizeBytes, bytes)],
    ['sha256', made.sha256],
    ['asked for by', made.requestedBy],
    ['asked for', made.createdAt],
    ['kept until', known(made.expiresAt, (at) => `${at} (${relativeTime(at, Date.now())})`)],
  ];
}
