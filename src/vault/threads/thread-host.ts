import type { Worker } from 'node:worker_threads';
import { END, FREE, type ThreadStart } from './serve-thread.js';
import { startWorker } from './start-worker.js';

/** A worker waits for the next thread of its kind for so long. Starting another one takes 50 ms of a processor and more. */
const IDLE_MS = 5_000;

/** Whoever is on a host. */
export interface Guest {
  /** The worker is no more; `left` follows. */
  died(cause: unknown): void;
  /** Nothing of the guest runs any more. */
  left(): void;
}

/**
 * A worker of a file that calls `serveThread`, with one thread after the other on it. Between two it waits, without keeping the
 * process alive, and ends by itself after a while. It is never terminated; `Thread` says why.
 */
export class ThreadHost {
  private static readonly idle = new Set<ThreadHost>();
  private readonly worker: Worker;
  private guest: Guest | undefined;
  private rest: NodeJS.Timeout | undefined;

  private constructor(
    private readonly kind: string,
    name: string,
    from: string,
  ) {
    this.worker = startWorker(name, from);
    this.worker.on('message', (word) => word === FREE && this.wait());
    for (const event of ['error', 'messageerror']) this.worker.on(event, (cause) => this.guest?.died(cause));
    this.worker.once('exit', (status) => {
      this.guest?.died(new Error(`The thread ended with status ${status}.`));
      this.leave();
      this.forget();
    });
    this.worker.unref();
  }

  /** One that waits, or a new one, of the file `name` beside the module at `from`. Throws when no worker can be started. */
  static for(guest: Guest, name: string, from: string): ThreadHost {
    const kind = new URL(name, from).href;
    // The one that was at work last, so that those that are too many end.
    const waiting = [...ThreadHost.idle].findLast((host) => host.kind === kind);
    waiting?.forget();
    const host = waiting ?? new ThreadHost(kind, name, from);
    host.guest = guest;
    return host;
  }

  /** Starts a worker for whoever comes next, unless one waits. Whoever comes meets what is wrong with it. */
  static warm(name: string, from: string): void {
    const kind = new URL(name, from).href;
    if ([...ThreadHost.idle].some((host) => host.kind === kind)) return;
    try {
      new ThreadHost(kind, name, from).wait();
    } catch {
      // No worker can be started at the moment.
    }
  }

  /** Throws, and is free again, when `start` cannot be cloned. */
  begin(start: ThreadStart): void {
    try {
      this.worker.postMessage(start, [start.port]);
    } catch (error) {
      this.wait();
      throw error;
    }
  }

  /** Keeps the process alive until `unref()`. */
  ref(): void {
    this.worker.ref();
  }

  unref(): void {
    this.worker.unref();
  }

  private wait(): void {
    this.leave();
    ThreadHost.idle.add(this);
    this.rest = setTimeout(() => {
      this.forget();
      this.worker.postMessage(END);
    }, IDLE_MS).unref();
  }

  private leave(): void {
    const { guest } = this;
    this.guest = undefined;
    this.worker.unref();
    guest?.left();
  }

  private forget(): void {
    clearTimeout(this.rest);
    ThreadHost.idle.delete(this);
  }
}
