import type { Download, DownloadOptions } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { interrupted, usage } from '../../outcome/outcome-error.js';
import { bytes } from '../../output/words.js';
import { progressFor } from '../../progress/progress-for.js';
import type { ShownProgress } from '../../progress/shown-progress.js';
import { whileHearing } from '../../waiting/interrupts.js';
import { NewFile, refuseTakenPlace } from './new-file.js';

export interface SaveOptions {
  /** A file, a directory in which it has its own name, or `-`; here unless told. */
  to?: string;
  force?: boolean;
}

const STDOUT = '-';

/** Refuses, before anything is asked of the service, what `saveDownload` would refuse. */
export async function refuseUnsavable({ terminal }: Invocation, { to, force }: SaveOptions): Promise<void> {
  if (to !== STDOUT) return to === undefined ? undefined : refuseTakenPlace(to, force === true);
  if (terminal.isShown && force !== true)
    throw usage('The terminal would interpret what is in the file; name a file with --to, or write to a pipe.');
}

/** Shows how far it is, and says at its end where it is. Of what does not come whole nothing is kept. */
export async function saveDownload(
  run: Invocation,
  begin: (options?: DownloadOptions) => Promise<Download>,
  options: SaveOptions,
): Promise<void> {
  await refuseUnsavable(run, options);
  if (options.to === STDOUT) return pass(run, await begin());
  const stopped = new AbortController();
  // What was begun is taken away before the program ends.
  await whileHearing(
    () => stopped.abort(interrupted('Interrupted; nothing of the file is kept.')),
    async () => keep(run, await begin({ signal: stopped.signal }), options),
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
  { to, force }: SaveOptions,
): Promise<void> {
  const file = await NewFile.begin(to, download.name, force === true);
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
