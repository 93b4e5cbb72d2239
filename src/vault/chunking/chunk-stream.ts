import type { FastCdc } from './fastcdc.js';

/** What a stream is given to begin with; a short one never costs more. */
const FIRST_WINDOW_BYTES = 128 * 1024;

/**
 * Cuts a stream into chunks. The cuts depend on the bytes alone, not on how they arrive. Each chunk owns its memory
 * and can be transferred to another thread; the source's buffers are copied, and may be reused once the next one is
 * asked for. Holds up to twice `maxBytes` besides the chunk handed out. An empty stream has no chunks.
 */
export async function* chunkStream(source: AsyncIterable<Uint8Array>, cdc: FastCdc): AsyncGenerator<Buffer> {
  const window = new Window(cdc);
  for await (const piece of source) {
    for (let taken = 0; taken < piece.length;) {
      taken += window.fill(piece.subarray(taken));
      // A cut is final when as many bytes as a chunk can have were there to look at.
      while (window.bytes >= cdc.maxBytes) yield window.takeChunk();
    }
  }
  while (window.bytes > 0) yield window.takeChunk();
}

/**
 * The bytes read and not yet cut: a buffer that is filled to its end, then begun again with what is left. What is
 * left is less than `maxBytes` and the buffer twice that, so that a byte is moved once on average.
 */
class Window {
  private buffer: Buffer;
  private start = 0;
  private end = 0;

  constructor(private readonly cdc: FastCdc) {
    this.buffer = Buffer.allocUnsafeSlow(Math.min(FIRST_WINDOW_BYTES, 2 * cdc.maxBytes));
  }

  get bytes(): number {
    return this.end - this.start;
  }

  /** Takes what fits, at least one byte, and says how many. */
  fill(piece: Uint8Array): number {
    if (this.end === this.buffer.length) this.makeRoom();
    const count = Math.min(piece.length, this.buffer.length - this.end);
    this.buffer.set(piece.subarray(0, count), this.end);
    this.end += count;
    return count;
  }

  takeChunk(): Buffer {
    const cut = this.cdc.findCut(this.buffer, this.start, this.end);
    const chunk = Buffer.allocUnsafeSlow(cut - this.start);
    this.buffer.copy(chunk, 0, this.start, cut);
    this.start = cut;
    return chunk;
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
