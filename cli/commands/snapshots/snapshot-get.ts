import type { Command } from 'commander';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { usage } from '../../outcome/outcome-error.js';
import { BASE64_OPTION, filePathOf } from './file-path.js';
import { refuseUnsavable, saveDownload } from './saved-download.js';
import type { SaveOptions } from './saved-download.js';

interface GetOptions extends SaveOptions {
  base64?: boolean;
}

export function addSnapshotGetCommand(snapshot: Command, run: Invocation): void {
  snapshot
    .command('get')
    .description('Download one file of a snapshot')
    .argument('<snapshot>', SNAPSHOT_NAMES)
    .argument('<path>', 'where it is in the filestore; "snapback snapshot files" lists them')
    .option(
      '--to <file>',
      'where to: a file or a directory, "-" for standard output; here, under its name, unless told',
    )
    .option('--force', 'over what is there already')
    .option(...BASE64_OPTION)
    .action((asked: string, path: string, options: GetOptions) => get(run, asked, path, options));
}

async function get(run: Invocation, asked: string, path: string, { base64, ...where }: GetOptions): Promise<void> {
  const at = filePathOf(path, base64);
  if (at === '') throw usage('That is the filestore itself; name a file in it.');
  await refuseUnsavable(run, where);
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const { id } = await findSnapshot(snapback.snapshots, environment, asked);
  await saveDownload(run, (options) => snapback.contents.download(environment.id, id, at, options), where);
}
