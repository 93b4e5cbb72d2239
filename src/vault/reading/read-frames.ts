import { readSync } from 'node:fs';
import { MOST_TOGETHER, planReads } from './read-parts.js';

/** A part of an open file. */
export interface FilePart {
  file: number;
  task: { offset: number; storedBytes: number };
}

/** Filled again for each stretch: memory that is new each time has to be cleared by the system, which takes as long as the reading. */
let stretch: Buffer | undefined;

/**
 * Hands over parts of open files, read in stretches as `planReads` says, and blocks its thread meanwhile. Their bytes are good until `take` returns. What
 * cannot be read is not handed over.
 */
export function readFrames<P extends FilePart>(parts: readonly P[], take: (part: P, bytes: Buffer) => void): void {
  const reads = planReads(
    parts.map(({ file, task }) => ({ key: String(file), offset: task.offset, bytes: task.storedBytes })),
  );
  for (const read of reads) {
    const memory =
      read.bytes <= MOST_TOGETHER
        ? (stretch ??= Buffer.allocUnsafeSlow(MOST_TOGETHER))
        : Buffer.allocUnsafeSlow(read.bytes);
    const filled = fill(parts[read.parts[0]!]!.file, memory.subarray(0, read.bytes), read.offset);
    for (const index of read.parts) {
      const { task } = parts[index]!;
      const end = task.offset - read.offset + task.storedBytes;
      if (end <= filled) take(parts[index]!, memory.subarray(end - task.storedBytes, end));
    }
  }
}

/** As far as the file goes, or can be read. */
function fill(file: number, memory: Buffer, position: number): number {
  let filled = 0;
  try {
    while (filled < memory.length) {
      const bytes = readSync(file, memory, filled, memory.length - filled, position + filled);
      if (bytes === 0) break;
      filled += bytes;
    }
  } catch {
    // Whoever reads it by itself meets the same, and says so.
  }
  return filled;
}
