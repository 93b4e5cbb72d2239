import type { Command } from 'commander';
import type { Download, DownloadOptions } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import { findSnapshot, SNAPSHOT_NAMES } from '../../names/find-snapshot.js';
import { interrupted, usage } from '../../outcome/outcome-error.js';
import { bytes } from '../../output/words.js';
import { progressFor } from '../../progress/progress-for.js';
import type { ShownProgress } from '../../progress/shown-progress.js';
import { whileHearing } from '../../waiting/interrupts.js';
import { BASE64_OPTION, filePathOf } from './file-path.js';
import { NewFile } from './new-file.js';

interface GetOptions {
  to?: string;
  force?: boolean;
  base64?: boolean;
}

const STDOUT = '-';

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

async function get(run: Invocation, asked: string, path: string, { to, force, base64 }: GetOptions): Promise<void> {
  const at = filePathOf(path, base64);
  if (at === '') throw usage('That is the filestore itself; name a file in it.');
  if (to === STDOUT && run.terminal.isShown && force !== true)
    throw usage('The terminal would interpret what is in the file; name a file with --to, or write to a pipe.');
  const { snapback } = await run.session();
  const environment = await findEnvironment(run);
  const { id } = await findSnapshot(snapback.snapshots, environment, asked);
  const begin = (options: DownloadOptions = {}) => snapback.contents.download(environment.id, id, at, options);
  if (to === STDOUT) return pass(run, await begin());
  const stopped = new AbortController();
  // What was begun is taken away before the program ends.
  await whileHearing(
    () => stopped.abort(interrupted('Interrupted; nothing of the file is kept.')),
    async () => keep(run, await begin({ signal: stopped.signal }), { to, force: force === true }),
  );
}

/** On to whoever reads, for as long as somebody does. */
async function pass({ terminal, quiet }: Invocation, download: Download): Promise<void> {
  for await (const piece of shownWith(progressFor(terminal, quiet), download)) {
    await terminal.outBytes(piece);
    if (terminal.isUnread) return;
  }
}

async function keep(
  { printer, terminal, quiet }: Invocation,
  download: Download,
  { to, force }: { to: string | undefined; force: boolean },
): Promise<void> {
  const file = await NewFile.begin(to, download.name, force);
  try {
    for await (const piece of shownWith(progressFor(terminal, quiet), download)) await file.write(piece);
    await file.publish();
  } finally {
    await file.discard();
  }
  const { size: sizeBytes } = download;
  printer.done({ file: file.path, sizeBytes }, `${file.path} has been written, ${bytes(sizeBytes)}.`, file.path);
}

async function* shownWith(shown: ShownProgress, download: Download): AsyncGenerator<Uint8Array> {
  const { size: bytesTotal } = download;
  const begun = Date.now();
  let bytesDone = 0;
  try {
    for await (const piece of download) {
      yield piece;
      bytesDone += piece.length;
      const bytesPerSecond = (bytesDone * 1000) / Math.max(Date.now() - begun, 1);
      shown.show({
        ...{ status: 'downloading', phase: null, message: '', final: false, filesDone: 0, filesTotal: 1 },
        ...{ bytesDone, bytesTotal, bytesPerSecond: Math.round(bytesPerSecond) },
        percent: (bytesDone / bytesTotal) * 100,
        remainingSeconds: (bytesTotal - bytesDone) / bytesPerSecond,
      });
    }
  } finally {
    shown.end();
  }
}
