import type { BigIntStats } from 'node:fs';
import type { DataRun, SparseLayout } from '../../../vault/manifests/manifest.js';
import { errnoOf } from '../../../vault/errno.js';
import type { BlockingHoleSeeker, HoleSeeker } from '../libc.js';

/** `stat.blocks` are of so many bytes, whatever the file system. */
const BLOCK_BYTES = 512;

/** More runs of one file are not remembered: the smallest holes between them count as data then, which is zeros. */
export const MOST_RUNS = 16_384;

/** What a file system says that does not know about holes. */
const CANNOT_SAY = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY']);

/** Whether a file takes less room than it is long; it need not have holes, since some file systems compress. */
export function mayHaveHoles({ size, blocks }: Pick<BigIntStats, 'size' | 'blocks'>): boolean {
  return blocks * BigInt(BLOCK_BYTES) < size;
}

/** The room that the data of a file takes, as far as its `stat` tells: no more than its blocks, nor than its size. */
export function allocatedBytes({ size, blocks }: { size: number; blocks: number }): number {
  return Math.min(size, blocks * BLOCK_BYTES);
}

/**
 * Where in the first `size` bytes of a file data lies, as the file system says it: what is elsewhere reads as zeros.
 * All of it is data where nobody knows. Throws with an errno `code`.
 */
export async function* findData(holes: HoleSeeker, size: number): AsyncGenerator<DataRun> {
  for (let offset = 0; offset < size;) {
    const start = Math.max(await orElse(holes.data, offset, { unknown: offset, none: size }), offset);
    if (start >= size) return;
    const run = runTo(await orElse(holes.hole, start, { unknown: size, none: size }), start, size);
    yield run;
    offset = run.offset + run.bytes;
  }
}

/** The same one by one, on a thread that may block: the first run at or after an offset, undefined when there is none. */
export function nextData(holes: BlockingHoleSeeker, offset: number, size: number): DataRun | undefined {
  if (offset >= size) return undefined;
  const start = Math.max(orElseNow(holes.data, offset, { unknown: offset, none: size }), offset);
  if (start >= size) return undefined;
  return runTo(orElseNow(holes.hole, start, { unknown: size, none: size }), start, size);
}

/** An end that makes no way, as somebody changes the file, would be looked for for ever. */
function runTo(hole: number, start: number, size: number): DataRun {
  return { offset: start, bytes: (hole > start ? Math.min(hole, size) : size) - start };
}

interface Otherwise {
  unknown: number;
  none: number;
}

async function orElse(seek: HoleSeeker['data'], offset: number, otherwise: Otherwise): Promise<number> {
  try {
    return await seek(offset);
  } catch (error) {
    return meaningOf(error, otherwise);
  }
}

function orElseNow(seek: BlockingHoleSeeker['data'], offset: number, otherwise: Otherwise): number {
  try {
    return seek(offset);
  } catch (error) {
    return meaningOf(error, otherwise);
  }
}

function meaningOf(error: unknown, { unknown, none }: Otherwise): number {
  const code = errnoOf(error);
  if (code === 'ENXIO') return none;
  if (code !== undefined && CANNOT_SAY.has(code)) return unknown;
  throw error;
}

/** The layout of a file with holes; undefined when all of it is data. */
export async function layoutOf(holes: HoleSeeker, size: number): Promise<SparseLayout | undefined> {
  const runs = new RunList();
  for await (const run of findData(holes, size)) runs.add(run);
  const [first] = runs.list;
  if (size === 0 || first?.bytes === size) return undefined;
  return { bytes: size, runs: runs.list };
}

/** The layout of a file that has become shorter while it was read: of its data only so many bytes came. */
export function cutLayout({ runs }: SparseLayout, dataBytes: number): SparseLayout {
  const kept: DataRun[] = [];
  let left = dataBytes;
  for (const { offset, bytes } of runs) {
    if (left === 0) break;
    kept.push({ offset, bytes: Math.min(bytes, left) });
    left -= Math.min(bytes, left);
  }
  const last = kept.at(-1);
  return { bytes: last ? last.offset + last.bytes : 0, runs: kept };
}

/** Runs in ascending order, in bounded number. */
export class RunList {
  list: DataRun[] = [];
  /** A shorter hole counts as data. */
  private shortestHole = 1;

  constructor(private readonly most = MOST_RUNS) {}

  add(run: DataRun): void {
    this.append(run);
    while (this.list.length > this.most) {
      this.shortestHole *= 2;
      const before = this.list;
      this.list = [];
      for (const one of before) this.append(one);
    }
  }

  private append({ offset, bytes }: DataRun): void {
    const last = this.list.at(-1);
    if (last !== undefined && offset - (last.offset + last.bytes) < this.shortestHole) {
      last.bytes = offset + bytes - last.offset;
    } else this.list.push({ offset, bytes });
  }
}
