import type { FastCdc } from '../chunking/fastcdc.js';
import type { DataKey } from '../keys/data-key.js';
import { encodeBody } from '../packs/chunk-body.js';
import { freeMemory } from '../packs/free-memory.js';
import { PackBuilder } from '../packs/pack-builder.js';
import { ENTRY_BYTES, writeEntry } from '../packs/pack-format.js';
import { type Arena, ArenaPool } from './arena.js';
import { ArenaSink } from './content-sink.js';
import type { ContentSource, PrepareSource } from './content-source.js';

/** A finished pack, in the memory that was given for it. */
export interface FilledPack {
  id: string;
  /** How much of the memory is the pack. */
  bytes: number;
  header: Uint8Array;
  /** Written one after the other, see pack-format.ts. */
  entries: Uint8Array<ArrayBuffer>;
}

/** Chunks that wait for the word which of them are new. */
export interface NamedBatch {
  batch: number;
  /** Whose sources' they are. */
  source: number;
  /** SHA-256 of each, one after the other. */
  names: Uint8Array<ArrayBuffer>;
  /** Bytes that the source has read since it was last told of. */
  read: number;
}

/** What a source has answered, and what it has read since it was last told of. */
export interface SourceAnswer {
  answer: unknown;
  read: number;
}

interface OpenPack {
  builder: PackBuilder;
  filled: (pack: FilledPack) => void;
}

interface OpenSource {
  source: ContentSource<unknown, unknown>;
  sink: ArenaSink;
  /** Its questions are answered one after the other: it has one sink. */
  last: Promise<unknown>;
}

/**
 * The work of one worker thread: sources that read contents, each into memory of its own, and one pack after the other, which takes what
 * is new of them. Reading goes on while somebody looks up what is new; a lack of memory, for plain bytes or for a pack, makes it wait.
 */
export class PackingLane {
  private readonly sources = new Map<number, OpenSource>();
  private readonly arenas: ArenaPool;
  private readonly batches = new Map<number, Arena>();
  private readonly named: NamedBatch[] = [];
  private nextBatch = 0;
  private toldOfBatch: ((batch: NamedBatch) => void) | undefined;
  private allEncoded = Promise.withResolvers<void>();
  private last: Promise<unknown> = Promise.resolve();
  private pack: OpenPack | undefined;
  private memoryCame: ((pack: OpenPack) => void) | undefined;

  constructor(
    private readonly dataKey: DataKey,
    private readonly cdc: FastCdc,
    private readonly zstdLevel: number,
  ) {
    this.arenas = new ArenaPool(cdc.maxBytes);
  }

  open<S, Q, A>(number: number, prepare: PrepareSource<S, Q, A>, start: S): void {
    this.arenas.sourceCame();
    const sink: ArenaSink = new ArenaSink(this.cdc, this.arenas, (arena) => this.post(number, sink, arena));
    const source = prepare(start, sink) as ContentSource<unknown, unknown>;
    this.sources.set(number, { source, sink, last: Promise.resolve() });
  }

  /** Rejects with what the source says. */
  ask(number: number, question: unknown): Promise<SourceAnswer> {
    const open = this.sources.get(number);
    if (open === undefined) throw new Error(`The source ${number} is not open.`);
    const { source, sink } = open;
    const answered = open.last.then(async () => ({
      answer: await source.answer(question),
      read: sink.takeWritten(),
    }));
    open.last = answered.catch(() => undefined);
    return answered;
  }

  /** Ends a source, with what it is at; what it has read stays. Resolves to the bytes it has read since it was last told of. */
  async close(number: number): Promise<number> {
    const open = this.sources.get(number);
    if (open === undefined) return 0;
    open.source.close?.();
    await open.last;
    let read = open.sink.takeWritten();
    for (const batch of this.named) {
      if (batch.source !== number) continue;
      read += batch.read;
      batch.read = 0;
    }
    open.sink.release();
    this.arenas.sourceLeft();
    this.sources.delete(number);
    return read;
  }

  /** Resolves to the next chunks that somebody has to look up. One such question at a time. */
  nextNamed(): Promise<NamedBatch> {
    const batch = this.named.shift();
    return batch ? Promise.resolve(batch) : new Promise((resolve) => (this.toldOfBatch = resolve));
  }

  /** Puts some chunks of a batch into packs and drops the others. */
  encode(batch: number, which: readonly number[]): Promise<undefined> {
    return this.inOrder(() => this.encodeNow(batch, which));
  }

  /** Finishes the open pack, behind all that was read so far. What `fill` returned for it has been resolved before this is. */
  async seal(): Promise<undefined> {
    for (const { sink } of this.sources.values()) sink.flush();
    while (this.batches.size > 0) await this.allEncoded.promise;
    return this.inOrder(() => this.finishPack());
  }

  /**
   * Memory for the next pack, when the one before is finished. Resolves when it is full or sealed, and is not written to any more; an
   * empty one is never.
   */
  fill(memory: SharedArrayBuffer): Promise<FilledPack> {
    return new Promise((filled) => {
      this.pack = { builder: new PackBuilder(this.dataKey, Buffer.from(memory)), filled };
      this.memoryCame?.(this.pack);
    });
  }

  /** Closes what the sources hold open: nobody asks anything more. */
  end(): void {
    for (const { source } of this.sources.values()) source.close?.();
    this.arenas.end();
  }

  private post(source: number, sink: ArenaSink, arena: Arena): void {
    const batch = this.nextBatch++;
    this.batches.set(batch, arena);
    const named = { batch, source, names: arena.allNames(), read: sink.takeWritten() };
    const { toldOfBatch } = this;
    this.toldOfBatch = undefined;
    if (toldOfBatch) toldOfBatch(named);
    else this.named.push(named);
  }

  private inOrder<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done;
    return done;
  }

  private async encodeNow(number: number, which: readonly number[]): Promise<undefined> {
    const arena = this.batches.get(number);
    if (arena === undefined) throw new Error(`Batch ${number} is not held.`);
    for (const index of which) await this.encodeChunk(arena, index);
    this.batches.delete(number);
    this.arenas.giveBack(arena);
    if (this.batches.size > 0) return;
    this.allEncoded.resolve();
    this.allEncoded = Promise.withResolvers();
  }

  private async encodeChunk(arena: Arena, index: number): Promise<void> {
    const { name, plain } = arena.chunk(index);
    const body = encodeBody(plain, this.zstdLevel);
    if (this.pack?.builder.hasRoomFor(body.bytes.length) === false) this.finishPack();
    const { builder } = this.pack ?? (await this.nextPack());
    builder.append(name, plain.length, body);
    if (body.encoding === 'zstd') freeMemory(body.bytes);
  }

  private nextPack(): Promise<OpenPack> {
    return new Promise((resolve) => (this.memoryCame = resolve));
  }

  private finishPack(): undefined {
    if (this.pack === undefined || this.pack.builder.chunks === 0) return;
    const { builder, filled } = this.pack;
    const { id, bytes, header, entries } = builder.finish();
    const rows = Buffer.allocUnsafeSlow(entries.length * ENTRY_BYTES);
    for (const [row, entry] of entries.entries()) writeEntry(entry, rows, row * ENTRY_BYTES);
    this.pack = undefined;
    filled({ id, bytes: bytes.length, header, entries: rows });
  }
}
