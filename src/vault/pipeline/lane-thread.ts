import type { Thread } from '../threads/thread.js';
import type { FromWorker, PackedMessage, ToWorker } from './messages.js';

/** What a lane tells the pipeline without being asked. */
export interface LaneEvents {
  needsMemory(lane: LaneThread): void;
  packed(pack: PackedMessage): void;
  /** The thread has ended or failed; nothing more comes from it. */
  died(cause: unknown): void;
}

interface Waiting {
  resolve(answer: never): void;
  reject(error: unknown): void;
}

/** The pipeline's side of one worker thread: questions and their answers. */
export class LaneThread {
  /** Plain bytes given to the thread and not yet done with. */
  load = 0;
  private readonly waiting = new Map<string, Waiting>();
  private next = 0;
  private ended: { reason: unknown } | undefined;

  constructor(
    private readonly thread: Thread,
    private readonly events: LaneEvents,
  ) {
    thread.worker.on('message', (message: FromWorker) => this.receive(message));
    thread.onDeath((cause) => events.died(cause));
  }

  /** Hashes pieces, whose memory is given away, and holds them under the batch number it answers with. */
  async hash(pieces: Uint8Array[], memory: ArrayBuffer[]): Promise<{ batch: number; ids: Buffer }> {
    const batch = this.next++;
    const ids = await this.ask<Uint8Array>(`hashed ${batch}`, { kind: 'hash', batch, pieces }, memory);
    return { batch, ids: Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength) };
  }

  /** Puts some of a batch into packs and drops the rest; answers with the bytes of their frames. */
  encode(batch: number, which: readonly number[]): Promise<number> {
    return this.ask(`encoded ${batch}`, { kind: 'encode', batch, which }, []);
  }

  /** Finishes the open pack; `events.packed` has been called when it resolves. */
  seal(): Promise<void> {
    const request = this.next++;
    return this.ask(`sealed ${request}`, { kind: 'seal', request }, []);
  }

  giveMemory(memory: ArrayBuffer): void {
    this.post({ kind: 'memory', memory }, [memory]);
  }

  /** Ends the thread and rejects what it had, and whatever it is asked later, with `reason`. */
  end(reason: unknown): Promise<void> {
    this.ended ??= { reason };
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
    return this.thread.end();
  }

  private ask<T>(answer: string, message: ToWorker, transfer: ArrayBuffer[]): Promise<T> {
    if (this.ended !== undefined) return Promise.reject(this.ended.reason as Error);
    return new Promise<T>((resolve, reject) => {
      this.post(message, transfer);
      this.waiting.set(answer, { resolve, reject });
    });
  }

  private post(message: ToWorker, transfer: ArrayBuffer[]): void {
    this.thread.worker.postMessage(message, transfer);
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case 'hashed':
        return this.answer(`hashed ${message.batch}`, message.ids);
      case 'encoded':
        return this.answer(`encoded ${message.batch}`, message.storedBytes);
      case 'sealed':
        return this.answer(`sealed ${message.request}`, undefined);
      case 'needs-memory':
        return this.events.needsMemory(this);
      case 'packed':
        return this.events.packed(message);
    }
  }

  private answer(name: string, answer: unknown): void {
    this.waiting.get(name)?.resolve(answer as never);
    this.waiting.delete(name);
  }
}
