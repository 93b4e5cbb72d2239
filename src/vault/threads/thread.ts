import { Worker, type WorkerOptions } from 'node:worker_threads';
import { END, type ThreadStart, Wish } from './messages.js';

/**
 * A worker thread that ends when it is told to, between two messages, and is never terminated: a termination can hit a
 * call into native code half-way, and then takes the whole process with it. Seen with Node's own zstd ("close before
 * init", once in some hundred captures that failed early) and with koffi (its issue 190).
 *
 * Its file calls `serveThread`.
 */
export class Thread {
  readonly worker: Worker;
  private readonly wish = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly ended: Promise<void>;

  /** `options.workerData`: what the thread is started with. */
  constructor(file: string | URL, options: WorkerOptions) {
    const workerData: ThreadStart = { wish: this.wish.buffer, start: options.workerData as unknown };
    this.worker = new Worker(file, { ...options, workerData });
    this.ended = new Promise((resolve) => this.worker.once('exit', () => resolve()));
  }

  /** Tells it that answers are not wanted any more: what takes long may end early. They come all the same. */
  hurry(): void {
    Atomics.compareExchange(this.wish, 0, Wish.work, Wish.hurry);
  }

  /** Resolves when it has ended. Messages that it has not begun with are lost. May be called again, and when it is dead. */
  end(): Promise<void> {
    Atomics.store(this.wish, 0, Wish.end);
    this.worker.postMessage(END);
    return this.ended;
  }
}
