import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { mayHaveHoles, nextData } from '../reading/file-holes.js';
import { CLOCK_TICK_MS } from '../reading/file-state.js';
import { holesOf } from '../libc.js';
import { fileOf, type ScannedFile } from '../scan/scanned-entry.js';
import { withinFd } from '../paths/long-path.js';
import { liesAt } from '../paths/tree-root.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const NANOSECONDS_PER_MS = 1_000_000n;

/** What a file was when it was scanned. */
export type ScannedState = Pick<ScannedFile, (typeof FACTS)[number]>;

const FACTS = ['size', 'mtimeNs', 'ctimeNs', 'inode', 'mode', 'uid', 'gid'] as const;

/**
 * The content of a file below an open directory, provided that it is, before and after it was read, exactly what it was
 * when it was scanned. Null when it is not, or cannot be read, or was changed so recently that
 * its times would not tell, or has holes: all of that is left to `readFile`, which says why, or waits, or reads by data.
 *
 * Blocks its thread, with five system calls a file. Asking another thread for each of them, as `fs/promises` does,
 * takes longer than the calls.
 */
export function readUnchanged(
  root: { fd: number; path: Buffer },
  relative: Buffer,
  scanned: ScannedState,
): Uint8Array<ArrayBuffer> | null {
  let fd: number | undefined;
  try {
    if (BigInt(Date.now() - CLOCK_TICK_MS) <= scanned.ctimeNs / NANOSECONDS_PER_MS) return null;
    const path = withinFd(root.fd, relative);
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = asScanned(fd, relative, scanned);
    if (stats === null || !liesAt(fd, root.path, relative)) return null;
    const { size } = scanned;
    if (mayHaveHoles(stats) && nextData(holesOf(fd), 0, size)?.bytes !== size) return null;
    const content = new Uint8Array(size);
    for (let done = 0; done < content.length;) {
      const bytes = readSync(fd, content, done, content.length - done, done);
      if (bytes === 0) return null;
      done += bytes;
    }
    return asScanned(fd, relative, scanned) && content;
  } catch {
    return null;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function asScanned(fd: number, path: Buffer, scanned: ScannedState): BigIntStats | null {
  const stats = fstatSync(fd, { bigint: true });
  if (!stats.isFile()) return null;
  const found = fileOf(path, stats);
  return FACTS.every((fact) => found[fact] === scanned[fact]) ? stats : null;
}
