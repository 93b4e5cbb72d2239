import koffi from 'koffi';
import { constants, zstdDecompressSync } from 'node:zlib';

/** Fills `target` with what a zstd frame holds, and returns how many bytes it is: as many as that has, unless something is wrong. */
type Fill = (target: Buffer, frame: Buffer) => number | bigint;

/** What a zstd frame holds, or undefined when that is not so many bytes. */
export function decompress(frame: Buffer, plainBytes: number): Buffer | undefined {
  fill ??= bind();
  return fill === null ? decompressByNode(frame, plainBytes) : decompressBy(fill, frame, plainBytes);
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

function decompressBy(fill: Fill, frame: Buffer, plainBytes: number): Buffer | undefined {
  const plain = Buffer.allocUnsafeSlow(plainBytes);
  // An error is a number that no chunk is large enough for.
  return fill(plain, frame) === plainBytes ? plain : undefined;
}

export function decompressByNode(frame: Buffer, plainBytes: number): Buffer | undefined {
  try {
    // The limit keeps a frame that claims to be huge from filling the memory.
    const plain = zstdDecompressSync(frame, {
      maxOutputLength: Math.max(1, plainBytes),
      chunkSize: Math.max(constants.Z_MIN_CHUNK, plainBytes),
    });
    return plain.length === plainBytes ? plain : undefined;
  } catch {
    return undefined;
  }
}
