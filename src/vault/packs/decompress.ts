import koffi from 'koffi';
import { constants, zstdDecompressSync } from 'node:zlib';

/** Fills `target` with what a zstd frame holds, and returns how many bytes it is: as many as that has, unless something is wrong. */
type Fill = (target: Buffer, frame: Buffer) => number | bigint;

/** Fills the target with what a zstd frame holds; false when that is not so many bytes. */
export function decompressInto(target: Buffer, frame: Buffer): boolean {
  fill ??= bind();
  // An error is a number that no target is large enough for.
  return fill === null ? decompressByNode(target, frame) : fill(target, frame) === target.length;
}

// Bound at the first use, for this thread; null where it cannot be.
let fill: Fill | null | undefined;

/**
 * The zstd that Node itself is linked with. `zstdDecompressSync` has a stream of its own for each call, and for that a context of 160 KB:
 * for a chunk of a few kilobytes six times what the decompressing takes, for one of 128 KiB twice. Null where Node does not let others call it.
 */
function bind(): Fill | null {
  try {
    const node = koffi.load(null);
    const context: unknown = node.func('void *ZSTD_createDCtx()')();
    if (context === null) return null;
    const free = node.func('size_t ZSTD_freeDCtx(void *context)');
    // Of a worker thread, too: it ends with this.
    process.once('exit', () => void free(context));
    const call = node.func(
      'size_t ZSTD_decompressDCtx(void *context, void *target, size_t room, const void *frame, size_t bytes)',
    );
    return (target, frame) => call(context, target, target.length, frame, frame.length) as number | bigint;
  } catch {
    return null;
  }
}

/** The same by what Node documents. */
export function decompressByNode(target: Buffer, frame: Buffer): boolean {
  try {
    // The limit keeps a frame that claims to be huge from filling the memory.
    const plain = zstdDecompressSync(frame, {
      maxOutputLength: Math.max(1, target.length),
      chunkSize: Math.max(constants.Z_MIN_CHUNK, target.length),
    });
    return plain.copy(target) === target.length && plain.length === target.length;
  } catch {
    return false;
  }
}
