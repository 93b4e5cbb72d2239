import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import type { ContentSink } from '../../../vault/packing/content-sink.js';
import { holesOf } from '../libc.js';
import { withinFd } from '../paths/long-path.js';
import { liesAt } from '../paths/tree-root.js';
import { fileOf, type ScannedFile } from '../scan/scanned-entry.js';
import { mayHaveHoles, nextData } from './file-holes.js';
import { CLOCK_TICK_MS } from './file-state.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const NANOSECONDS_PER_MS = 1_000_000n;

const FACTS = ['size', 'mtimeNs', 'ctimeNs', 'inode', 'mode', 'uid', 'gid'] as const;

/** What a file was when it was scanned. */
export type ScannedState = Pick<ScannedFile, (typeof FACTS)[number]>;

/** The file is not as it was scanned, or cannot be read; so many bytes of it were read in vain. */
export interface NotAsScanned {
  inVain: number;
}

/**
 * The content of a file below an open directory, provided that it is, before and after it was read, exactly what it was
 * when it was scanned. Not when it was changed so recently that
 * its times would not tell, nor with holes, nor when it is unwanted before it is read: all of that is left to `readFile`, which says why,
 * or waits, or reads by data.
 *
 * Blocks its thread, with five system calls a file and one more a megabyte. Asking another thread for each of them, as
 * `fs/promises` does, takes longer than the calls.
 */
export async function readUnchanged(
  root: { fd: number; path: Buffer },
  relative: Buffer,
  scanned: ScannedState,
  sink: ContentSink,
  isUnwanted: () => boolean = () => false,
): Promise<ContentRef | NotAsScanned> {
  let fd: number | undefined;
  let done = 0;
  try {
    if (isUnwanted()) return { inVain: 0 };
    if (BigInt(Date.now() - CLOCK_TICK_MS) <= scanned.ctimeNs / NANOSECONDS_PER_MS) return { inVain: 0 };
    const path = withinFd(root.fd, relative);
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = asScanned(fd, relative, scanned);
    if (stats === null || !liesAt(fd, root.path, relative)) return { inVain: 0 };
    const { size } = scanned;
    if (mayHaveHoles(stats) && nextData(holesOf(fd), 0, size)?.bytes !== size) return { inVain: 0 };
    while (done < size && !isUnwanted()) {
      const free = sink.room();
      const room = free instanceof Promise ? await free : free;
      const bytes = readSync(fd, room, 0, Math.min(room.length, size - done), done);
      if (bytes === 0) break;
      sink.took(bytes);
      done += bytes;
    }
    if (done === size && asScanned(fd, relative, scanned)) return sink.end();
  } catch (error) {
    // Whoever reads it anew says what is wrong with it; that nobody wants it any more is all there is to say.
    if ((error as NodeJS.ErrnoException).code === 'pipeline-closed') throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  sink.drop();
  return { inVain: done };
}

function asScanned(fd: number, path: Buffer, scanned: ScannedState): BigIntStats | null {
  const stats = fstatSync(fd, { bigint: true });
  if (!stats.isFile()) return null;
  const found = fileOf(path, stats);
  return FACTS.every((fact) => found[fact] === scanned[fact]) ? stats : null;
}
