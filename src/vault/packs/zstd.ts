import koffi from 'koffi';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Of a worker thread, too: they go when it ends. */
interface Contexts {
  /** Each fills `target` and returns how many bytes that is; an error is a number that no target is large enough for. */
  decompress(target: Buffer, frame: Buffer): number | bigint;
  compress(target: Buffer, plain: Buffer, level: number): number | bigint;
}

/** Beyond what zstd may need for what does not get smaller; see `ZSTD_COMPRESSBOUND`. */
const MARGIN_BYTES = 512;

/** Fills the target with what a zstd frame holds; false when that is not so many bytes. */
export function decompressInto(target: Buffer, frame: Buffer): boolean {
  contexts ??= bind();
  return contexts === null
    ? decompressByNode(target, frame)
    : Number(contexts.decompress(target, frame)) === target.length;
}

/** A zstd frame. It does not lie in the plain bytes' memory. */
export function compress(plain: Buffer, level: number): Buffer {
  contexts ??= bind();
  if (contexts === null) return compressByNode(plain, level);
  const room = mostBytes(plain.length);
  if (room > scratch.length) scratch = Buffer.allocUnsafeSlow(room);
  const bytes = Number(contexts.compress(scratch, plain, level));
  return bytes <= room ? Buffer.from(scratch.subarray(0, bytes)) : compressByNode(plain, level);
}

/** For one frame after the other: memory that is new each time has to be cleared by the system. */
let scratch = Buffer.alloc(0);

// Bound at the first use, for this thread; null where it cannot be.
let contexts: Contexts | null | undefined;

/**
 * The zstd that Node itself is linked with. Node's own functions have a stream for each call, and for that a context: for a chunk of a few
 * kilobytes several times what the work takes, for one of 128 KiB a fifth more. Null where Node does not let others call it.
 */
function bind(): Contexts | null {
  try {
    const node = koffi.load(null);
    const [reading, writing] = [
      node.func('void *ZSTD_createDCtx()')(),
      node.func('void *ZSTD_createCCtx()')(),
    ] as unknown[];
    if (reading === null || writing === null) return null;
    const freeReading = node.func('size_t ZSTD_freeDCtx(void *context)');
    const freeWriting = node.func('size_t ZSTD_freeCCtx(void *context)');
    process.once('exit', () => {
      // Whoever is told after this may still have something to write; and a test may only say that it is the end.
      contexts = undefined;
      freeReading(reading);
      freeWriting(writing);
    });
    const decompress = node.func(
      'size_t ZSTD_decompressDCtx(void *context, void *target, size_t room, const void *frame, size_t bytes)',
    );
    const compressing = node.func(
      'size_t ZSTD_compressCCtx(void *context, void *target, size_t room, const void *plain, size_t bytes, int level)',
    );
    return {
      decompress: (target, frame) => decompress(reading, target, target.length, frame, frame.length) as number | bigint,
      compress: (target, plain, level) =>
        compressing(writing, target, target.length, plain, plain.length, level) as number | bigint,
    };
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

export function compressByNode(plain: Buffer, level: number): Buffer {
  return zstdCompressSync(plain, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    // Knowing the size, the compressor takes no more memory than so many bytes need.
    pledgedSrcSize: plain.length,
    // So that the result comes in one piece.
    chunkSize: mostBytes(plain.length),
  });
}

function mostBytes(plain: number): number {
  return plain + (plain >> 8) + MARGIN_BYTES;
}
