import { hash } from 'node:crypto';
import type { DataKey } from '../keys/data-key.js';
import { encodeBody } from '../packs/chunk-body.js';
import { CHUNK_ID_BYTES, ENTRY_BYTES, writeEntry } from '../packs/pack-format.js';
import { freeMemory } from '../packs/free-memory.js';
import { PackBuilder } from '../packs/pack-builder.js';

/** A finished pack, in the memory that was given for it. */
export interface FilledPack {
  id: string;
  memory: ArrayBuffer;
  /** How much of the memory is the pack. */
  bytes: number;
  header: Uint8Array;
  /** Written one after the other, see pack-format.ts. */
  entries: Uint8Array<ArrayBuffer>;
}

/** A batch whose plain bytes are held between its hashing and its encoding. */
interface Batch {
  pieces: Buffer[];
  ids: Buffer<ArrayBuffer>;
}

interface OpenPack {
  builder: PackBuilder;
  memory: ArrayBuffer;
  filled: (pack: FilledPack) => void;
}

/**
 * The work of one worker thread, which fills one pack at a time: hashing as it comes, encoding and sealing in order.
 * Everything happens at once; only a lack of memory for a pack makes encodes, and what comes after them, wait.
 */
export class PackingLane {
  private readonly batches = new Map<number, Batch>();
  private last: Promise<unknown> = Promise.resolve();
  private pack: OpenPack | undefined;
  private memoryCame: ((pack: OpenPack) => void) | undefined;

  constructor(
    private readonly dataKey: DataKey,
    private readonly zstdLevel: number,
  ) {}

  hash(batch: number, views: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const pieces = views.map((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength));
    const ids = Buffer.allocUnsafeSlow(pieces.length * CHUNK_ID_BYTES);
    for (const [index, piece] of pieces.entries()) hash('sha256', piece, 'buffer').copy(ids, index * CHUNK_ID_BYTES);
    this.batches.set(batch, { pieces, ids });
    return ids;
  }

  /** Puts some pieces of a batch into packs and drops the others. Resolves to the bytes of their frames. */
  encode(batch: number, which: readonly number[]): Promise<number> {
    return this.inOrder(() => this.encodeNow(batch, which));
  }

  /** Finishes the open pack. What `fill` returned for it has been resolved before this is. */
  seal(): Promise<undefined> {
    return this.inOrder(() => this.finishPack());
  }

  /** Memory for the next pack, when the one before is finished. Resolves when it is full or sealed; an empty one is never. */
  fill(memory: ArrayBuffer): Promise<FilledPack> {
    return new Promise((filled) => {
      this.pack = { builder: new PackBuilder(this.dataKey, Buffer.from(memory)), memory, filled };
      this.memoryCame?.(this.pack);
    });
  }

  private inOrder<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done;
    return done;
  }

  private async encodeNow(number: number, which: readonly number[]): Promise<number> {
    const batch = this.batches.get(number);
    if (batch === undefined) throw new Error(`Batch ${number} is not held.`);
    let storedBytes = 0;
    for (const index of which) {
      const plain = batch.pieces[index] as Buffer;
      const body = encodeBody(plain, this.zstdLevel);
      if (this.pack?.builder.hasRoomFor(body.bytes.length) === false) this.finishPack();
      const { builder } = this.pack ?? (await this.nextPack());
      const id = batch.ids.subarray(index * CHUNK_ID_BYTES, (index + 1) * CHUNK_ID_BYTES);
      storedBytes += builder.append(id, plain.length, body).storedBytes;
      if (body.encoding === 'zstd') freeMemory(body.bytes);
    }
    this.batches.delete(number);
    // They came by transfer: nothing else refers to their memory.
    batch.pieces.forEach(freeMemory);
    return storedBytes;
  }

  private nextPack(): Promise<OpenPack> {
    return new Promise((resolve) => (this.memoryCame = resolve));
  }

  private finishPack(): undefined {
    if (this.pack === undefined || this.pack.builder.chunks === 0) return;
    const { builder, memory, filled } = this.pack;
    const { id, bytes, header, entries } = builder.finish();
    const rows = Buffer.allocUnsafeSlow(entries.length * ENTRY_BYTES);
    for (const [row, entry] of entries.entries()) writeEntry(entry, rows, row * ENTRY_BYTES);
    this.pack = undefined;
    filled({ id, memory, bytes: bytes.length, header, entries: rows });
  }
}
