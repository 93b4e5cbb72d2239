import type { DataRun } from '../../../vault/manifests/manifest.js';

/** Runs of zeros are looked for in blocks of this size: a multiple of every common file system's block. */
const BLOCK_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** The parts of a buffer that are not whole blocks of zeros, neighbours joined. */
export function* dataRuns(piece: Buffer): Iterable<{ start: number; end: number }> {
  let start: number | undefined;
  for (let block = 0; block < piece.length; block += BLOCK_BYTES) {
    const end = Math.min(block + BLOCK_BYTES, piece.length);
    const zero = piece.subarray(block, end).equals(ZEROS.subarray(0, end - block));
    if (!zero) start ??= block;
    else if (start !== undefined) {
      yield { start, end: block };
      start = undefined;
    }
  }
  if (start !== undefined) yield { start, end: piece.length };
}

/** Where the bytes of a content belong, that comes in pieces, in the file whose runs it is. */
export class Placement {
  private run = 0;
  /** Of the run, the bytes that have come. */
  private done = 0;

  constructor(private readonly runs: readonly DataRun[]) {}

  /** The parts of the next piece; what is more than the runs belongs nowhere. */
  *place(piece: Buffer): Iterable<{ offset: number; part: Buffer }> {
    for (let at = 0; at < piece.length;) {
      const run = this.runs[this.run];
      if (run === undefined) return;
      const part = piece.subarray(at, at + run.bytes - this.done);
      yield { offset: run.offset + this.done, part };
      at += part.length;
      this.done += part.length;
      if (this.done < run.bytes) continue;
      this.run += 1;
      this.done = 0;
    }
  }
}
