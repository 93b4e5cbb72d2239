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

  /**
   * Calls `handle` once when nothing more can come from it: it has failed, has sent what cannot be read, or has ended, told to or
   * not. What was asked of it is not answered then, and nobody should ask it any more.
   */
  onDeath(handle: (cause: Error) => void): void {
    let told = false;
    const tell = (cause: unknown): void => {
      if (told) return;
      told = true;
      handle(cause instanceof Error ? cause : new Error(String(cause)));
    };
    this.worker.on('error', tell);
    this.worker.on('messageerror', tell);
    this.worker.on('exit', (code) => tell(new Error(`The thread ended with status ${code}.`)));
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
