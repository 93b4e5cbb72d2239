import { dirname } from 'node:path';
import { encodePath } from '../../filestore/paths/encoded-path.js';
import { CLOCK_TICK_MS } from '../../filestore/reading/file-state.js';
import { scanFilestore } from '../../filestore/scan/scan-filestore.js';
import { isSettled } from '../../filestore/scan/tree-seal.js';
import { clockAheadMs } from '../../filestore/swap/stamping-clock.js';
import { FilesNoting } from '../../notes/noted-files.js';
import type { NotesSink } from '../../notes/restored-notes.js';

const NANOSECONDS_PER_MS = 1_000_000n;

/**
 * Notes what every file of a directory is by that was just built and that nobody else gets into: an exchange of directories stamps
 * none of them. A file that was stamped within the last tick of the clock that does it, whoever's that is, is left out, since a change in
 * the same tick would not show. Rejects as `scanFilestore` and the sink do.
 */
export async function noteFiles(directory: string, sink: NotesSink, signal: AbortSignal): Promise<void> {
  await isSettled(signal);
  const before = Date.now();
  const stamped = before + (await clockAheadMs(dirname(directory)));
  const until = BigInt(Math.floor(stamped) - CLOCK_TICK_MS) * NANOSECONDS_PER_MS;
  const noting = new FilesNoting(sink);
  for await (const entries of scanFilestore(directory, { signal })) {
    for (const entry of entries) {
      if (entry.kind !== 'file' || entry.ctimeNs >= until) continue;
      const { path, size, mtimeNs, ctimeNs, inode } = entry;
      await noting.add({
        path: encodePath(path),
        size,
        mtimeNs: String(mtimeNs),
        ctimeNs: String(ctimeNs),
        inode: String(inode),
      });
    }
  }
  await noting.finish();
}
