import { hash } from 'node:crypto';
import type { DataKey } from '../keys/data-key.js';
import { encodeBody, type ChunkBody } from '../packs/chunk-body.js';
import { CHUNK_ID_BYTES, ENTRY_BYTES, writeEntry } from '../packs/pack-format.js';
import { freeMemory } from '../packs/free-memory.js';
import { PackBuilder } from '../packs/pack-builder.js';
import type { FromWorker, ToWorker } from './messages.js';

/** A batch whose plain bytes are held between its hashing and its encoding. */
interface Batch {
  pieces: Buffer[];
  ids: Buffer;
}

interface EncodeTask {
  kind: 'encode';
  batch: number;
  which: readonly number[];
  /** How many of `which` are in a pack. */
  done: number;
  storedBytes: number;
  /** Compressed already and waiting for a pack. */
  body?: ChunkBody | undefined;
}

type Task = EncodeTask | { kind: 'seal'; request: number };

/**
 * The work of one worker thread, which fills one pack at a time: hashing as it comes, encoding and sealing in order.
 * Everything happens at once inside `handle()`; only a lack of memory for a pack makes tasks wait.
 */
export class Lane {
  private readonly batches = new Map<number, Batch>();
  private readonly tasks: Task[] = [];
  private pack: PackBuilder | undefined;
  private packMemory: ArrayBuffer | undefined;
  private needsMemory = false;

  constructor(
    private readonly dataKey: DataKey,
    private readonly zstdLevel: number,
    private readonly send: (message: FromWorker, transfer: ArrayBuffer[]) => void,
  ) {}

  handle(message: ToWorker): void {
    switch (message.kind) {
      case 'hash':
        return this.hash(message.batch, message.pieces);
      case 'encode':
        this.tasks.push({ ...message, done: 0, storedBytes: 0 });
        return this.work();
      case 'seal':
        this.tasks.push(message);
        return this.work();
      case 'memory':
        this.needsMemory = false;
        this.packMemory = message.memory;
        this.pack = new PackBuilder(this.dataKey, Buffer.from(message.memory));
        return this.work();
    }
  }

  private hash(batch: number, views: readonly Uint8Array[]): void {
    const pieces = views.map((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength));
    const ids = Buffer.allocUnsafeSlow(pieces.length * CHUNK_ID_BYTES);
    for (const [index, piece] of pieces.entries()) hash('sha256', piece, 'buffer').copy(ids, index * CHUNK_ID_BYTES);
    this.batches.set(batch, { pieces, ids });
    // Copied, not transferred: the entries of the pack are made from the ids.
    this.send({ kind: 'hashed', batch, ids }, []);
  }

  private work(): void {
    for (let task = this.tasks[0]; task !== undefined; task = this.tasks[0]) {
      if (task.kind === 'seal') {
        this.finishPack();
        this.send({ kind: 'sealed', request: task.request }, []);
      } else if (!this.encode(task)) {
        return;
      }
      this.tasks.shift();
    }
  }

  /** Whether the task is done; if not, it has asked for memory. */
  private encode(task: EncodeTask): boolean {
    const batch = this.batches.get(task.batch);
    if (batch === undefined) throw new Error(`Batch ${task.batch} is not held.`);
    for (; task.done < task.which.length; task.done++) {
      const index = task.which[task.done] as number;
      const plain = batch.pieces[index] as Buffer;
      task.body ??= encodeBody(plain, this.zstdLevel);
      if (this.pack?.hasRoomFor(task.body.bytes.length) === false) this.finishPack();
      if (this.pack === undefined) return this.askForMemory();
      const id = batch.ids.subarray(index * CHUNK_ID_BYTES, (index + 1) * CHUNK_ID_BYTES);
      task.storedBytes += this.pack.append(id, plain.length, task.body).storedBytes;
      if (task.body.encoding === 'zstd') freeMemory(task.body.bytes);
      task.body = undefined;
    }
    this.batches.delete(task.batch);
    // They came by transfer: nothing else refers to their memory.
    batch.pieces.forEach(freeMemory);
    this.send({ kind: 'encoded', batch: task.batch, storedBytes: task.storedBytes }, []);
    return true;
  }

  private askForMemory(): false {
    if (!this.needsMemory) this.send({ kind: 'needs-memory' }, []);
    this.needsMemory = true;
    return false;
  }

  private finishPack(): void {
    if (this.pack === undefined || this.packMemory === undefined || this.pack.chunks === 0) return;
    const { id, bytes, header, entries } = this.pack.finish();
    const rows = Buffer.allocUnsafeSlow(entries.length * ENTRY_BYTES);
    for (const [row, entry] of entries.entries()) writeEntry(entry, rows, row * ENTRY_BYTES);
    const memory = this.packMemory;
    this.pack = undefined;
    this.packMemory = undefined;
    this.send({ kind: 'packed', id, memory, bytes: bytes.length, header, entries: rows }, [memory, rows.buffer]);
  }
}
