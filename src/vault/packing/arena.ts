import { hash } from 'node:crypto';
import { pipelineClosed } from './pipeline-error.js';
import { CHUNK_ID_BYTES } from '../packs/pack-format.js';

/** Where a chunk lies in an arena. */
export interface ArenaChunk {
  start: number;
  end: number;
}

/**
 * Memory that is filled with plain bytes, cut into named chunks, and used again when those are in a pack: nothing is allocated for what
 * passes through, so that nothing of it is left to be collected.
 */
export class Arena {
  readonly bytes: Buffer;
  /** What is filled so far. */
  end = 0;
  readonly chunks: ArenaChunk[] = [];
  private readonly names: Buffer[] = [];

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get isFull(): boolean {
    return this.end === this.bytes.length;
  }

  /** Names a piece of it; returns the SHA-256 of the piece. */
  addChunk(start: number, end: number): Buffer {
    const name = hash('sha256', this.bytes.subarray(start, end), 'buffer');
    this.chunks.push({ start, end });
    this.names.push(name);
    return name;
  }

  /** The names of all chunks, one after the other, in memory of their own. */
  allNames(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.names.length * CHUNK_ID_BYTES);
    for (const [index, name] of this.names.entries()) all.set(name, index * CHUNK_ID_BYTES);
    return all;
  }

  /** A chunk and its name, as long as the arena is not emptied. */
  chunk(index: number): { name: Buffer; plain: Buffer } {
    const { start, end } = this.chunks[index]!;
    return { name: this.names[index]!, plain: this.bytes.subarray(start, end) };
  }

  empty(): void {
    this.end = 0;
    this.chunks.length = 0;
    this.names.length = 0;
  }
}

/** What goes into an arena besides a chunk that cannot be cut yet. */
const STEP_BYTES = 1024 * 1024;

export function arenaBytes(maxChunkBytes: number): number {
  return maxChunkBytes + STEP_BYTES;
}

/**
 * The arenas of one lane: one more than sources that fill one. So there is always one that is free or on its way into a pack, and whoever
 * waits gets it, in the order of asking.
 */
export class ArenaPool {
  private readonly free: Arena[] = [];
  private readonly waiting: PromiseWithResolvers<Arena>[] = [];
  private made = 0;
  private limit = 1;
  private isOver = false;

  constructor(private readonly maxChunkBytes: number) {}

  sourceCame(): void {
    this.limit += 1;
  }

  /** It has given back what it had. */
  sourceLeft(): void {
    this.limit -= 1;
    if (this.made > this.limit && this.free.pop()) this.made -= 1;
  }

  /** Rejects with `PipelineError('pipeline-closed')` when there will be none any more. */
  async take(): Promise<Arena> {
    if (this.isOver) throw pipelineClosed();
    const free = this.free.pop();
    if (free) return free;
    if (this.made < this.limit) {
      this.made += 1;
      return new Arena(arenaBytes(this.maxChunkBytes));
    }
    const waiting = Promise.withResolvers<Arena>();
    this.waiting.push(waiting);
    return waiting.promise;
  }

  giveBack(arena: Arena): void {
    arena.empty();
    const next = this.waiting.shift();
    if (next) next.resolve(arena);
    else if (this.made > this.limit) this.made -= 1;
    else this.free.push(arena);
  }

  /** Whoever waits for memory waits no longer. */
  end(): void {
    this.isOver = true;
    for (const { reject } of this.waiting.splice(0)) reject(pipelineClosed());
  }
}
