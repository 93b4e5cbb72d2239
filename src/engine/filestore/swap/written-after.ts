import { displayPath } from '../paths/encoded-path.js';
import { outsideOf } from '../paths/enclosure.js';
import { isMountPoint } from '../paths/mount-points.js';
import { scanFilestore } from '../scan/scan-filestore.js';
import { kindOf } from '../scan/scanned-entry.js';
import { clockAheadMs } from './stamping-clock.js';

export interface WrittenAfter {
  /** Paths relative to the directory, in no particular order. */
  paths: string[];
  /** Whether all of the directory was looked at and could be told, so that there are no more. */
  complete: boolean;
}

/** So much later than now nothing is stamped but by a clock that was set back since. */
const FUTURE_MS = 1_000;

/**
 * Looks for what was made, changed, renamed or removed below a directory after a moment: by the change times of files, and
 * of directories for what is gone. Those are the kernel's; the modification times are whatever people set them to.
 * The moment is of this machine's clock, the times are of the clock that stamps them, which may be a file server's; the difference
 * of both is measured, with a directory that is made and removed beside this one, or at the top of a mount point. The directory itself does not count. What disappears
 * while it is being looked at is passed over. `moved`: names (latin1) directly in it that were moved there meanwhile, which stamps them too: of these the
 * modification times count. Stops after `limit` finds, and after `budgetMs`. Never rejects.
 */
export async function writtenAfter(
  directory: string,
  moment: Date,
  { limit, budgetMs, moved }: { limit: number; budgetMs: number; moved?: ReadonlySet<string> },
): Promise<WrittenAfter> {
  const deadline = performance.now() + budgetMs;
  const paths: string[] = [];
  let complete = true;
  try {
    const aheadMs = await clockAheadMs((await isMountPoint(directory)) ? directory : outsideOf(directory));
    const changedAfterNs = nsOf(moment.getTime() + aheadMs);
    const signal = AbortSignal.timeout(budgetMs);
    for await (const entries of scanFilestore(directory, { signal, leaveOutUnreadable: true, changedAfterNs })) {
      const latest = nsOf(Date.now() + aheadMs + FUTURE_MS);
      for (const entry of entries) {
        if (kindOf(entry) === 'unreadable' || entry.ctimeNs > latest) complete = false;
        else if (moved?.has(entry.path.toString('latin1')) && entry.mtimeNs <= changedAfterNs) continue;
        else if (entry.path.length > 0) paths.push(displayPath(entry.path));
        if (paths.length >= limit) return { paths, complete: false };
      }
    }
  } catch {
    complete = false;
  }
  return { paths, complete: complete && performance.now() <= deadline };
}

/** To the microsecond, which is what a double holds of such a number. */
function nsOf(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000)) * 1_000n;
}
