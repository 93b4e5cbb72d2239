import type { FastCdc } from './fastcdc.js';

/** What a stream is given to begin with; a short one never costs more. */
const FIRST_WINDOW_BYTES = 128 * 1024;

export interface CutChunk {
  bytes: Buffer;
  /** Nothing follows it: the stream has ended. */
  isLast: boolean;
}

/**
 * Cuts a stream into chunks. The cuts depend on the bytes alone, not on how they arrive. Each chunk owns its memory
 * and can be transferred to another thread: a stream of one buffer that is one chunk is handed on as it is, everything
 * else is copied. So the source does not write to its buffers again. Holds up to twice `maxBytes` besides the chunk
 * handed out. Exactly one chunk is the last; an empty stream has none.
 */
export async function* chunkStream(source: AsyncIterable<Buffer>, cdc: FastCdc): AsyncGenerator<CutChunk> {
  // Most streams are a small file in one buffer, which is known when nothing follows it.
  let first: Buffer | undefined;
  let window: Window | undefined;
  for await (const piece of source) {
    if (first === undefined && window === undefined) {
      first = piece;
      continue;
    }
    window ??= new Window(cdc);
    for (const part of first === undefined ? [piece] : [first, piece]) yield* window.cut(part);
    first = undefined;
  }
  if (first !== undefined) yield* cutWhole(first, cdc);
  if (window !== undefined) yield* window.rest();
}

/** The chunks of a stream that has ended after one buffer. */
function* cutWhole(bytes: Buffer, cdc: FastCdc): Generator<CutChunk> {
  for (let start = 0; start < bytes.length;) {
    const cut = cdc.findCut(bytes, start, bytes.length);
    const whole = cut - start === bytes.buffer.byteLength;
    yield { bytes: whole ? bytes : copyOf(bytes.subarray(start, cut)), isLast: cut === bytes.length };
    start = cut;
  }
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/**
 * The bytes read and not yet cut: a buffer that is filled to its end, then begun again with what is left. What is
 * left is at most `maxBytes` and the buffer twice that, so that a byte is moved once on average.
 */
class Window {
  private buffer: Buffer;
  private start = 0;
  private end = 0;

  constructor(private readonly cdc: FastCdc) {
    this.buffer = Buffer.allocUnsafeSlow(Math.min(FIRST_WINDOW_BYTES, 2 * cdc.maxBytes));
  }

  private get bytes(): number {
    return this.end - this.start;
  }

  /** Takes a piece, and gives the chunks whose ends are certain. */
  *cut(piece: Buffer): Generator<CutChunk> {
    for (let taken = 0; taken < piece.length;) {
      taken += this.fill(piece.subarray(taken));
      // A cut is final when as many bytes as a chunk can have were there to look at; one more, and it is not the last.
      while (this.bytes > this.cdc.maxBytes) yield this.takeChunk();
    }
  }

  /** The chunks of what is left, once the stream has ended. */
  *rest(): Generator<CutChunk> {
    while (this.bytes > 0) yield this.takeChunk();
  }

  /** Takes what fits, at least one byte, and says how many. */
  private fill(piece: Uint8Array): number {
    if (this.end === this.buffer.length) this.makeRoom();
    const count = Math.min(piece.length, this.buffer.length - this.end);
    this.buffer.set(piece.subarray(0, count), this.end);
    this.end += count;
    return count;
  }

  /** A last one only where the stream has ended: before that more is there than one chunk can have. */
  private takeChunk(): CutChunk {
    const cut = this.cdc.findCut(this.buffer, this.start, this.end);
    const bytes = copyOf(this.buffer.subarray(this.start, cut));
    this.start = cut;
    return { bytes, isLast: this.bytes === 0 };
  }

  private makeRoom(): void {
    const from = this.buffer;
    const largest = 2 * this.cdc.maxBytes;
    if (from.length < largest) this.buffer = Buffer.allocUnsafeSlow(Math.min(largest, 2 * from.length));
    from.copy(this.buffer, 0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
  }
}
