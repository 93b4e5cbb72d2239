import { availableParallelism } from 'node:os';
import type { ChunkerSettings } from '../chunking/chunker-settings.js';
import type { DataKey } from '../keys/data-key.js';
import { ZSTD_LEVEL } from '../packs/chunk-body.js';
import { CHUNK_ID_BYTES, ENTRY_BYTES, readEntry, type PackEntry } from '../packs/pack-format.js';
import { Thread } from '../threads/thread.js';
import { Budget, type Reservation } from '../writing/budget.js';
import { addressOf, type ThreadFile } from '../threads/thread-file.js';
import { DEFAULT_BUDGET_BYTES, divideBudget, type MemoryPlan } from './divide-budget.js';
import type { FilledPack, NamedBatch } from './packing-lane.js';
import type { LaneAnswer, LaneAnswers, LaneQuestion, LaneStart } from './packing-thread.js';
import { PipelineError, pipelineClosed } from './pipeline-error.js';

/** A finished pack on its way to the backend. */
export interface SealedPack {
  id: string;
  /** The whole object. Its memory is used again once `store` has resolved. */
  bytes: Buffer;
  header: Buffer;
  entries: PackEntry[];
}

export interface PackingLanesOptions {
  dataKey: DataKey;
  chunker: ChunkerSettings;
  /** Which of some chunks, named by their SHA-256, are to be stored: by their index. Several calls may be under way. */
  whichAreNew(names: readonly Buffer[]): Promise<readonly number[]>;
  /**
   * Makes a pack durable. Called for several packs at a time. What it rejects with, all lanes fail with. It must not wait for them.
   */
  store(pack: SealedPack): Promise<void>;
  /** Threads; the machine's cores by default, fewer when the budget is too small for them. */
  lanes?: number;
  /** All that is in flight: plain bytes, compressed bytes, packs. 256 MiB by default. */
  budgetBytes?: number;
  /** 1 to 19; see docs/vault-format.md for what it costs. */
  zstdLevel?: number;
  /** For tests. */
  startLane?: (start: LaneStart) => Thread<LaneQuestion, LaneAnswer>;
}

/** A source on a lane, as whoever opened it sees it. */
export interface OpenSource<Q, A> {
  /**
   * Questions are answered one after the other; `memory` is given away with one. Rejects with what the source says, or with what all lanes have
   * failed with.
   */
  ask(question: Q, memory?: readonly ArrayBuffer[]): Promise<A>;
  /** Ends what is under way, and the source. Never rejects. */
  close(): Promise<void>;
}

interface RunningLane {
  thread: Thread<LaneQuestion, LaneAnswer>;
  sources: number;
}

/**
 * Threads each of which reads contents, cuts and names them, compresses and encrypts what is new and fills a pack of its own, within a
 * budget of bytes. Three steps, of which only names and finished packs pass through this thread:
 *
 *     source → arena     on a lane: `ContentSource` reads, `ArenaSink` cuts and names
 *     arena → pack       on the lane, once this thread has said which names are new
 *     pack → backend     on this thread: `store`
 *
 * They fail together: when a thread dies its open pack is lost, with chunks already counted as stored. Everything under way and all later
 * calls reject then, with `PipelineError('worker-died')` or what `store` or `whichAreNew` rejected with.
 */
export class PackingLanes {
  readonly plan: MemoryPlan;
  private lanes: RunningLane[] = [];
  /** By the number of the source. */
  private readonly told = new Map<number, (bytes: number) => void>();
  private readonly storing = new Set<Promise<void>>();
  private readonly freeMemory: SharedArrayBuffer[] = [];
  /** Packs whose memory is with a lane or being stored. */
  private readonly packs: Budget;
  private nextSource = 0;
  private failure: { reason: unknown } | undefined;

  /** Throws `RangeError` when the budget is too small. */
  constructor(private readonly options: PackingLanesOptions) {
    const { budgetBytes = DEFAULT_BUDGET_BYTES, lanes = availableParallelism(), chunker } = options;
    this.plan = divideBudget(budgetBytes, lanes, chunker.maxBytes);
    this.packs = new Budget(this.plan.packs);
  }

  /** Opens a source on the lane that has the fewest. `onRead` is told of all bytes that it reads, those of dropped contents as well. */
  async open<S, Q, A>(
    file: ThreadFile<S>,
    onRead: (bytes: number) => void = () => undefined,
  ): Promise<OpenSource<Q, A>> {
    this.throwIfFailed();
    const lane = this.idlest();
    const source = this.nextSource++;
    lane.sources += 1;
    this.told.set(source, onRead);
    await this.ask(lane, { kind: 'open', source, file: addressOf(file), start: file.start });
    let closing: Promise<void> | undefined;
    return {
      ask: async (question, memory) => {
        this.throwIfFailed();
        if (closing) throw new PipelineError('pipeline-closed', 'This source has been closed.');
        const { answer, read } = await this.askSource(lane, source, question, memory);
        if (read > 0) onRead(read);
        return answer as A;
      },
      close: () => (closing ??= this.closeSource(lane, source)),
    };
  }

  /**
   * Finishes the packs that have been begun and resolves when all that was read before is stored. Rejects with what the lanes have failed
   * with.
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
    this.fail(pipelineClosed());
    await Promise.all(this.lanes.map(({ thread }) => thread.end()));
    await Promise.allSettled(this.storing);
  }

  private async closeSource(lane: RunningLane, source: number): Promise<void> {
    // On a thread that is told to end, the source is at work until it has.
    const read = await lane.thread.ask({ kind: 'close', source }).catch(() => lane.thread.end());
    if (typeof read === 'number' && read > 0) this.told.get(source)?.(read);
    this.told.delete(source);
    lane.sources -= 1;
  }

  /** Another one is started when all have a source: a capture that finds nearly everything carried over has no use for many. */
  private idlest(): RunningLane {
    const idlest = this.lanes.toSorted((one, other) => one.sources - other.sources)[0];
    if (idlest && (idlest.sources === 0 || this.lanes.length === this.plan.lanes)) return idlest;
    const lane = this.startLane();
    this.lanes.push(lane);
    return lane;
  }

  private startLane(): RunningLane {
    const { dataKey, chunker, zstdLevel = ZSTD_LEVEL, startLane = startLaneThread } = this.options;
    const lane = { thread: startLane({ dataKey: dataKey.bytes, chunker, zstdLevel }), sources: 0 };
    for (const work of [this.fillPacks(lane), this.nameChunks(lane)]) work.catch((error: unknown) => this.fail(error));
    return lane;
  }

  /** Gives a lane memory for one pack after the other. So there is always something it has been asked, and its death shows. */
  private async fillPacks(lane: RunningLane): Promise<never> {
    for (;;) {
      const room = await this.packs.reserve(1);
      const memory = this.freeMemory.pop() ?? new SharedArrayBuffer(this.plan.packBytes);
      this.storePack(await this.ask(lane, { kind: 'fill', memory }), memory, room);
    }
  }

  private async nameChunks(lane: RunningLane): Promise<never> {
    for (;;) {
      const named = await this.ask(lane, { kind: 'named' });
      if (named.read > 0) this.told.get(named.source)?.(named.read);
      this.haveEncoded(lane, named).catch((error: unknown) => this.fail(error));
    }
  }

  private async haveEncoded(lane: RunningLane, { batch, names }: NamedBatch): Promise<void> {
    const all = Buffer.from(names.buffer);
    const each = Array.from({ length: all.length / CHUNK_ID_BYTES }, (_, nth) =>
      all.subarray(nth * CHUNK_ID_BYTES, (nth + 1) * CHUNK_ID_BYTES),
    );
    const which = await this.options.whichAreNew(each);
    await this.ask(lane, { kind: 'encode', batch, which });
  }

  private storePack(pack: FilledPack, memory: SharedArrayBuffer, room: Reservation): void {
    const stored = this.options
      .store(toSealedPack(pack, memory))
      .then(() => {
        this.freeMemory.push(memory);
        room.release();
      })
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.storing.delete(stored));
    this.storing.add(stored);
  }

  /** What a source answers with an error is that question's; a lane that is dead is everybody's. */
  private async askSource(
    lane: RunningLane,
    source: number,
    question: unknown,
    memory?: readonly ArrayBuffer[],
  ): Promise<LaneAnswers['ask']> {
    try {
      return (await lane.thread.ask({ kind: 'ask', source, question }, memory)) as LaneAnswers['ask'];
    } catch (error) {
      if (lane.thread.isDead) this.fail(workerDied(error));
      this.throwIfFailed();
      throw error;
    }
  }

  /** Rejects with what the lanes have failed with: a question that has no answer is a failure of all of them. */
  private async ask<K extends LaneQuestion['kind']>(
    { thread }: RunningLane,
    question: LaneQuestion & { kind: K },
  ): Promise<LaneAnswers[K]> {
    try {
      return (await thread.ask(question)) as LaneAnswers[K];
    } catch (error) {
      this.fail(workerDied(error));
      throw this.failure!.reason;
    }
  }

  /** The first reason stays. */
  private fail(reason: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { reason };
    for (const { thread } of this.lanes) void thread.end();
  }

  private throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure.reason;
  }
}

function startLaneThread(start: LaneStart): Thread<LaneQuestion, LaneAnswer> {
  return new Thread('packing-thread', import.meta.url, start);
}

function toSealedPack({ id, bytes, header, entries }: FilledPack, memory: SharedArrayBuffer): SealedPack {
  const rows = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength);
  const count = rows.length / ENTRY_BYTES;
  return {
    id,
    bytes: Buffer.from(memory, 0, bytes),
    header: Buffer.from(header),
    entries: Array.from({ length: count }, (_, row) => readEntry(rows, row * ENTRY_BYTES)),
  };
}

function workerDied(cause: unknown): PipelineError {
  const message = 'A worker thread of the vault has died, and with it what it had not stored. Take the snapshot again.';
  return new PipelineError('worker-died', message, { cause });
}
