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
