/**
 * What a segment is meant to have, in the table's file and in the one for its long values together: large enough
 * that its statement does not count, small enough that a change has little read again and connections share a table.
 */
export const SEGMENT_BYTES = 32 * 1024 * 1024;

/** A range of a table's blocks; without an upper end it goes as far as there are any. */
export interface BlockRange {
  fromBlock: number;
  /** Exclusive. */
  toBlock?: number;
}

export interface TableSize {
  /** Of the rows' own file. */
  blocks: number;
  /** Of rows and long values (TOAST) together. */
  bytes: number;
}

/**
 * Ranges that have each block from `fromBlock` on exactly once. The last one is open: the table may have grown since
 * it was measured. A range of a table whose long values lie elsewhere has fewer blocks: what is read counts.
 */
export function planSegments(size: TableSize, segmentBytes = SEGMENT_BYTES, fromBlock = 0): BlockRange[] {
  const blocks = Math.max(0, size.blocks - fromBlock);
  const bytes = size.blocks === 0 ? 0 : (size.bytes / size.blocks) * blocks;
  const count = Math.max(1, Math.min(blocks, Math.ceil(bytes / segmentBytes)));
  const starts = Array.from({ length: count }, (_, index) => fromBlock + Math.floor((index * blocks) / count));
  return starts.map((start, index) => ({
    fromBlock: start,
    ...(index + 1 < count && { toBlock: starts[index + 1]! }),
  }));
}

/** What a range is likely to have, of rows and long values. */
export function bytesInRange(size: TableSize, { fromBlock, toBlock = size.blocks }: BlockRange): number {
  if (size.blocks === 0) return 0;
  const blocks = Math.max(0, Math.min(toBlock, size.blocks) - fromBlock);
  return (size.bytes / size.blocks) * blocks;
}

/** Whether the ranges, in this order, have every block of a table exactly once. */
export function coversAllOnce(ranges: readonly BlockRange[]): boolean {
  let next: number | undefined = 0;
  for (const { fromBlock, toBlock } of ranges) {
    if (fromBlock !== next || (toBlock !== undefined && toBlock <= fromBlock)) return false;
    next = toBlock;
  }
  return ranges.length > 0 && next === undefined;
}
