import type { ChunkerSettings } from './chunker-settings.js';
import { makeGearTable } from './gear-table.js';

/** How many bits the two masks lie above and below log2(avgBytes): the papers' "normalisation level". */
const NORMALISATION_BITS = 2;

/**
 * Content-defined chunking: a cut lies where a rolling fingerprint of the last 32 bytes has enough zeros, so that
 * it moves with the content and an insertion changes only the chunks around it.
 *
 * Normalised FastCDC after W. Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for
 * Data Deduplication", USENIX ATC 2016, and "The Design of Fast Content-Defined Chunking for Data Deduplication
 * Based Storage Systems", IEEE TPDS 31(9), 2020: the minimum is skipped, a strict mask up to the average and a
 * lenient one after it draw the sizes together. Departures: the fingerprint has 32 bits, which JavaScript computes
 * without boxing, and a mask is simply the top bits, those in which every byte of the window has a part.
 */
export class FastCdc {
  readonly maxBytes: number;
  private readonly minBytes: number;
  private readonly avgBytes: number;
  private readonly strictMask: number;
  private readonly lenientMask: number;
  private readonly gear: Int32Array;

  constructor(settings: ChunkerSettings) {
    this.minBytes = settings.minBytes;
    this.avgBytes = settings.avgBytes;
    this.maxBytes = settings.maxBytes;
    const bits = Math.log2(settings.avgBytes);
    this.strictMask = topBits(bits + NORMALISATION_BITS);
    this.lenientMask = topBits(bits - NORMALISATION_BITS);
    this.gear = makeGearTable(settings.seed);
  }

  /**
   * Where the chunk that begins at `start` ends (exclusive), where the stream ends at `end`.
   */
  findCut(data: Uint8Array, start: number, end: number): number {
    return this.findCertainCut(data, start, end) ?? end;
  }

  /** The same, as far as it does not depend on what follows: undefined where more bytes could move the end. */
  findCertainCut(data: Uint8Array, start: number, end: number): number | undefined {
    if (end - start <= this.minBytes) return undefined;
    const last = Math.min(end, start + this.maxBytes);
    const middle = Math.min(last, start + this.avgBytes);
    const { gear, strictMask, lenientMask } = this;
    const cut = scan(data, start + this.minBytes, middle, strictMask, gear);
    if (cut !== undefined) return cut;
    // The fingerprint begins anew: a lenient cut, too, is decided by the bytes right before it.
    return scan(data, middle, last, lenientMask, gear) ?? (last - start === this.maxBytes ? last : undefined);
  }
}

/**
 * The first position after `from` at which the masked fingerprint is zero. Four steps a turn: 1.3 times as fast as
 * one, measured.
 */
function scan(data: Uint8Array, from: number, to: number, mask: number, gear: Int32Array): number | undefined {
  let fingerprint = 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    fingerprint = ((fingerprint << 1) + (gear[data[at] as number] as number)) | 0;
    if ((fingerprint & mask) === 0) return at + 1;
    fingerprint = ((fingerprint << 1) + (gear[data[at + 1] as number] as number)) | 0;
    if ((fingerprint & mask) === 0) return at + 2;
    fingerprint = ((fingerprint << 1) + (gear[data[at + 2] as number] as number)) | 0;
    if ((fingerprint & mask) === 0) return at + 3;
    fingerprint = ((fingerprint << 1) + (gear[data[at + 3] as number] as number)) | 0;
    if ((fingerprint & mask) === 0) return at + 4;
  }
  for (; at < to; at++) {
    fingerprint = ((fingerprint << 1) + (gear[data[at] as number] as number)) | 0;
    if ((fingerprint & mask) === 0) return at + 1;
  }
  return undefined;
}

function topBits(count: number): number {
  return -1 << (32 - count);
}
