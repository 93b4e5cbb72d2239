import { createHash, type Hash } from 'node:crypto';
import type { FastCdc } from '../chunking/fastcdc.js';
import type { ChunkRef, ContentRef } from '../manifests/content-ref.js';
import type { Arena, ArenaPool } from './arena.js';

/** What reads contents, on a thread that packs them, writes one after the other into. */
export interface ContentSink {
  /**
   * Memory for the next bytes of the content, at least one. What is written to its beginning counts once `took()` has said how much it
   * is. Waits while what was read before is not in a pack yet: the reader's brake.
   */
  room(): Buffer | Promise<Buffer>;
  took(bytes: number): void;
  /** The same for bytes that lie somewhere else. They are copied. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the content. It can be told of at once: who publishes waits until its chunks are stored. */
  end(): ContentRef;
  /** What was written of a content is none after all. */
  drop(): void;
}

/**
 * Cuts what it is given where it lies. The cuts depend on the bytes of a content alone, not on how they came. The arenas are given on
 * when they are full, with the names of their chunks; what cannot be cut yet moves on to the next, at most `maxBytes`.
 */
export class ArenaSink implements ContentSink {
  private current: Arena | undefined;
  /** Where the part of the content begins that is not cut yet. */
  private from = 0;
  private content: { bytes: number; chunks: ChunkRef[]; whole: Hash | undefined } = newContent();
  private written = 0;

  constructor(
    private readonly cdc: FastCdc,
    private readonly arenas: Pick<ArenaPool, 'take' | 'giveBack'>,
    /** Takes over an arena, with the names of its chunks. */
    private readonly post: (arena: Arena) => void,
  ) {}

  /** Bytes that have come since this was asked. */
  takeWritten(): number {
    const { written } = this;
    this.written = 0;
    return written;
  }

  room(): Buffer | Promise<Buffer> {
    const arena = this.current;
    return arena !== undefined && !arena.isFull ? arena.bytes.subarray(arena.end) : this.turnOver();
  }

  took(bytes: number): void {
    this.current!.end += bytes;
    this.written += bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let taken = 0; taken < bytes.length;) {
      const room = await this.room();
      const count = Math.min(room.length, bytes.length - taken);
      room.set(bytes.subarray(taken, taken + count));
      this.took(count);
      taken += count;
    }
  }

  end(): ContentRef {
    if (this.current) this.cutRest(this.current);
    const { bytes, chunks, whole } = this.content;
    this.content = newContent();
    // A single chunk has the hash of the whole as its name.
    const sha256 =
      whole === undefined && chunks[0] !== undefined ? chunks[0].id : (whole ?? sha256Hash()).digest('hex');
    return { bytes, sha256, chunks };
  }

  drop(): void {
    if (this.current) this.current.end = this.from;
    this.content = newContent();
  }

  /** Gives on what there is, between two contents. */
  flush(): void {
    if (this.current === undefined || this.current.end === 0) return;
    if (this.from < this.current.end) throw new Error('A content is under way.');
    this.give(this.current);
    this.current = undefined;
  }

  /** Gives back all memory, and on what is in it. A content that was under way is none. */
  release(): void {
    this.drop();
    this.flush();
    if (this.current) this.arenas.giveBack(this.current);
    this.current = undefined;
  }

  /** The arena is full: what is certain is cut off, and the rest goes on in the next. */
  private async turnOver(): Promise<Buffer> {
    const full = this.current;
    const next = await this.arenas.take();
    if (full !== undefined) {
      for (let cut; (cut = this.cdc.findCertainCut(full.bytes, this.from, full.end)) !== undefined;) {
        this.takeChunk(full, cut, false);
      }
      next.end = full.bytes.copy(next.bytes, 0, this.from, full.end);
      this.give(full);
    }
    this.from = 0;
    this.current = next;
    return next.bytes.subarray(next.end);
  }

  private cutRest(arena: Arena): void {
    for (const { end } = arena; this.from < end;) {
      const cut = this.cdc.findCut(arena.bytes, this.from, end);
      this.takeChunk(arena, cut, cut === end);
    }
  }

  private takeChunk(arena: Arena, end: number, isLast: boolean): void {
    const start = this.from;
    const id = arena.addChunk(start, end).toString('hex');
    const { content } = this;
    if (content.chunks.length > 0 || !isLast) (content.whole ??= sha256Hash()).update(arena.bytes.subarray(start, end));
    content.chunks.push({ id, bytes: end - start });
    content.bytes += end - start;
    this.from = end;
  }

  private give(arena: Arena): void {
    this.from = 0;
    this.post(arena);
  }
}

function newContent() {
  return { bytes: 0, chunks: [], whole: undefined };
}

function sha256Hash(): Hash {
  return createHash('sha256');
}
