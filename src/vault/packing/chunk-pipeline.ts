import { availableParallelism } from 'node:os';
import { Budget, type Reservation } from '../writing/budget.js';
import type { DataKey } from '../keys/data-key.js';
import { ZSTD_LEVEL } from '../packs/chunk-body.js';
import { CHUNK_ID_BYTES, ENTRY_BYTES, readEntry, type PackEntry } from '../packs/pack-format.js';
import { DEFAULT_BUDGET_BYTES, divideBudget, type MemoryPlan } from './divide-budget.js';
import type { FilledPack } from './packing-lane.js';
import type { LaneAnswer, LaneAnswers, LaneQuestion, LaneStart } from './packing-thread.js';
import { PipelineError } from './pipeline-error.js';
import { ownMemory } from '../threads/own-memory.js';
import { Thread } from '../threads/thread.js';

/** A finished pack on its way to the backend. */
export interface SealedPack {
  id: string;
  /** The whole object. Its memory is used again once `store` has resolved. */
  bytes: Buffer;
  header: Buffer;
  entries: PackEntry[];
}

export interface ChunkPipelineOptions {
  dataKey: DataKey;
  /** No piece is longer: the chunker's `maxBytes`. */
  maxChunkBytes: number;
  /**
   * Makes a pack durable. Called for several packs at a time. What it rejects with, the whole pipeline fails with. It
   * must not wait for the pipeline.
   */
  store(pack: SealedPack): Promise<void>;
  /** Threads; the machine's cores by default, fewer when the budget is too small for them. */
  workers?: number;
  /** All that is in flight: plain bytes, compressed bytes, packs. 256 MiB by default. */
  budgetBytes?: number;
  /** 1 to 19; see docs/vault-format.md for what it costs. */
  zstdLevel?: number;
  /** For tests. */
  startLane?: (start: LaneStart) => Thread<LaneQuestion, LaneAnswer>;
}

/** A batch that has been hashed and waits for the word which of its pieces are new. */
export interface HeldBatch {
  /** SHA-256 of each piece, in their order. */
  readonly ids: readonly Buffer[];
  /**
   * Compresses and encrypts the pieces at these indexes into packs and drops the others. Resolves to the bytes of
   * their frames, as soon as the room is free again; they are stored when `store` has resolved for their pack, for
   * all at the latest when `flush()` has. Called once. Nobody need wait for it: a failure is one of `flush()` too.
   */
  encode(which: readonly number[]): Promise<number>;
  /** Drops all of it: nothing was new. Never rejects. */
  release(): Promise<void>;
}

/** Part of the budget, held for bytes about to be read. */
export interface Room {
  /** Hashes pieces of no more bytes than the room has. The room is the batch's from here on. */
  hash(pieces: readonly Buffer[]): Promise<HeldBatch>;
  /** Gives it back unused. After `hash()` it does nothing. */
  release(): void;
}

interface RunningLane {
  thread: Thread<LaneQuestion, LaneAnswer>;
  /** Plain bytes given to the thread and not yet done with. */
  load: number;
}

/**
 * Hashing, compression and encryption on worker threads, within a budget of bytes. One for each capture:
 *
 *     const room = await pipeline.room(bytes);           // waits while too much is in flight: the reader's brake
 *     const batch = await room.hash(await read(bytes));  // ids
 *     await batch.encode(await whichAreNew(batch.ids));  // into a pack
 *     await pipeline.flush();                            // every pack stored
 *
 * Batches of about 1 MiB keep the cost of the hand-over small; large chunks go alone. Every thread fills a pack of
 * its own, under a key of its own. Room is given out in the order of asking, and comes back only by `encode()` and
 * `release()`: whoever holds a batch finishes it without waiting for more room, or all wait for ever.
 *
 * It fails as a whole. When a thread dies its open pack is lost, with chunks already counted as encoded: everything
 * under way and all later calls reject, with `PipelineError('worker-died')` or what `store` rejected with.
 */
export class ChunkPipeline {
  readonly plan: MemoryPlan;
  private lanes: RunningLane[] = [];
  private readonly budget: Budget;
  private readonly rooms = new Set<Reservation>();
  private readonly storing = new Set<Promise<void>>();
  private readonly freeMemory: ArrayBuffer[] = [];
  /** Packs whose memory is with a lane or being stored. */
  private readonly packs: Budget;
  private nextBatch = 0;
  private failure: { reason: unknown } | undefined;

  /** Throws `RangeError` when the budget is too small. */
  constructor(private readonly options: ChunkPipelineOptions) {
    const { budgetBytes = DEFAULT_BUDGET_BYTES, workers = availableParallelism(), maxChunkBytes } = options;
    this.plan = divideBudget(budgetBytes, workers, maxChunkBytes);
    this.budget = new Budget(this.plan.plainBytes);
    this.packs = new Budget(this.plan.packs);
  }

  /** Waits until so many bytes may be read. Rejects with `RangeError` for more than may ever be in flight. */
  async room(bytes: number): Promise<Room> {
    if (bytes > this.plan.plainBytes) {
      throw new RangeError(
        `A batch of ${bytes} bytes is larger than the ${this.plan.plainBytes} that may be in flight.`,
      );
    }
    this.throwIfFailed();
    const reservation = await this.budget.reserve(bytes);
    if (this.failure !== undefined) reservation.release();
    this.throwIfFailed();
    // Not before: a capture that finds everything carried over has nothing for them to do.
    if (this.lanes.length === 0) this.lanes = Array.from({ length: this.plan.workers }, () => this.startLane());
    this.rooms.add(reservation);
    let taken = false;
    return {
      hash: (pieces) => {
        taken = true;
        return this.hashIn(reservation, bytes, pieces);
      },
      release: () => {
        if (!taken) this.giveBack(reservation);
      },
    };
  }

  /** `room()` and `hash()` in one, for bytes that are in memory already. */
  async hash(pieces: readonly Buffer[]): Promise<HeldBatch> {
    const room = await this.room(byteSum(pieces));
    return room.hash(pieces);
  }

  /**
   * Finishes the packs that have been begun and resolves when all that was encoded before is stored. Rejects with
   * what the pipeline has failed with.
   */
  async flush(): Promise<void> {
    this.throwIfFailed();
    await Promise.all(this.lanes.map((lane) => this.ask(lane, { kind: 'seal' })));
    await Promise.all(this.storing);
    this.throwIfFailed();
  }

  /**
   * Ends the threads. What is under way rejects with `PipelineError('pipeline-closed')`; packs being stored are
   * waited for. Safe to call at any time, more than once.
   */
  async close(): Promise<void> {
    const reason = new PipelineError('pipeline-closed', 'The capture was ended before everything was stored.');
    this.fail(reason);
    await Promise.all(this.lanes.map(({ thread }) => thread.end()));
    await Promise.allSettled(this.storing);
  }

  private async hashIn(reservation: Reservation, bytes: number, pieces: readonly Buffer[]): Promise<HeldBatch> {
    const lane = this.lanes.reduce((least, other) => (other.load < least.load ? other : least));
    const sum = byteSum(pieces);
    const finish = (): void => {
      lane.load -= sum;
      this.giveBack(reservation);
    };
    lane.load += sum;
    try {
      this.throwIfFailed();
      if (sum > bytes) throw new RangeError(`${sum} bytes do not fit into a room of ${bytes}.`);
      if (pieces.some((piece) => piece.length > this.options.maxChunkBytes)) {
        throw new RangeError(`A piece is larger than ${this.options.maxChunkBytes} bytes; cut it first.`);
      }
      reservation.shrinkTo(sum);
      const owned = ownMemory(pieces);
      const batch = this.nextBatch++;
      const question = { kind: 'hash', batch, pieces: owned.pieces } as const;
      const ids = Buffer.from((await this.ask(lane, question, owned.memory)).buffer);
      const encode = async (which: readonly number[]): Promise<number> => {
        this.throwIfFailed();
        return this.ask(lane, { kind: 'encode', batch, which }).finally(finish);
      };
      return {
        ids: pieces.map((_, index) => ids.subarray(index * CHUNK_ID_BYTES, (index + 1) * CHUNK_ID_BYTES)),
        encode: (which) => mayGoUnheard(encode(which)),
        // A failure of the pipeline is told to those who wanted something stored.
        release: async () => void (await encode([]).catch(() => undefined)),
      };
    } catch (error) {
      finish();
      throw error;
    }
  }

  private startLane(): RunningLane {
    const { dataKey, zstdLevel = ZSTD_LEVEL, startLane = startLaneThread } = this.options;
    const lane: RunningLane = { thread: startLane({ dataKey: dataKey.bytes, zstdLevel }), load: 0 };
    this.fillPacks(lane).catch((error: unknown) => this.fail(error));
    return lane;
  }

  /** Gives a lane memory for one pack after the other. So there is always something it has been asked, and its death shows. */
  private async fillPacks(lane: RunningLane): Promise<never> {
    for (;;) {
      const room = await this.packs.reserve(1);
      const memory = this.freeMemory.pop() ?? new ArrayBuffer(this.plan.packBytes);
      this.storePack(await this.ask(lane, { kind: 'fill', memory }, [memory]), room);
    }
  }

  private storePack(pack: FilledPack, room: Reservation): void {
    const stored = this.options
      .store(toSealedPack(pack))
      .then(() => {
        this.freeMemory.push(pack.memory);
        room.release();
      })
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.storing.delete(stored));
    this.storing.add(stored);
  }

  /** Rejects with what the pipeline has failed with: a question that has no answer is a failure of all of it. */
  private async ask<K extends LaneQuestion['kind']>(
    { thread }: RunningLane,
    question: LaneQuestion & { kind: K },
    memory: readonly ArrayBuffer[] = [],
  ): Promise<LaneAnswers[K]> {
    try {
      return (await thread.ask(question, memory)) as LaneAnswers[K];
    } catch (error) {
      this.fail(workerDied(error));
      throw this.failure!.reason;
    }
  }

  private giveBack(reservation: Reservation): void {
    this.rooms.delete(reservation);
    reservation.release();
  }

  /** The first reason stays. Everything that waits is woken, to find it. */
  private fail(reason: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { reason };
    for (const { thread } of this.lanes) void thread.end();
    for (const reservation of this.rooms) this.giveBack(reservation);
  }

  private throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure.reason;
  }
}

function startLaneThread(start: LaneStart): Thread<LaneQuestion, LaneAnswer> {
  return new Thread('packing-thread', import.meta.url, start);
}

function toSealedPack({ id, memory, bytes, header, entries }: FilledPack): SealedPack {
  const rows = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength);
  const count = rows.length / ENTRY_BYTES;
  return {
    id,
    bytes: Buffer.from(memory, 0, bytes),
    header: Buffer.from(header),
    entries: Array.from({ length: count }, (_, row) => readEntry(rows, row * ENTRY_BYTES)),
  };
}

function byteSum(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

function workerDied(cause: unknown): PipelineError {
  const message = 'A worker thread of the vault has died, and with it what it had not stored. Take the snapshot again.';
  return new PipelineError('worker-died', message, { cause });
}

/** Whoever gathers promises to wait for them later must not bring the process down when one rejects before that. */
function mayGoUnheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
