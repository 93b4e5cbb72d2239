import { MessageChannel } from 'node:worker_threads';
import { errorOf } from './failure.js';
import { type Answers, END, type Questions, Wish } from './serve-thread.js';
import { ThreadHost } from './thread-host.js';

/** A question that waits for its answer. */
export interface Asked<Q, A> {
  question: Q;
  /** Given away with it. */
  memory: readonly ArrayBuffer[];
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

/** The thread that was asked is no more: it has died, or was ended. Whether it had done what it was asked, nobody knows. */
export class ThreadDied extends Error {
  override name = 'ThreadDied';
}

/**
 * A worker thread that answers questions. Its file calls `serveThread`. It keeps the process alive while it has something to
 * answer; whoever starts it ends it. When it dies, which includes that it cannot start, all that it was asked and
 * all that it is asked later rejects with the same `ThreadDied`: nobody takes its place, and what it knew is lost.
 *
 * It ends between two messages, and is never terminated: a termination can hit a call into native code half-way, and then
 * takes the whole process with it. Seen with Node's own zstd ("close before init", once in some hundred captures that
 * failed early) and with koffi (its issue 190). The worker that it was on waits for the next thread of the same file.
 */
export class Thread<Q, A> {
  private readonly channel = new MessageChannel();
  private readonly wish = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly underWay = new Map<number, readonly Asked<Q, A>[]>();
  private readonly ended = Promise.withResolvers<void>();
  /** Until it has ended: then the worker may be somebody else's. */
  private host: ThreadHost | undefined;
  private next = 0;
  private death: ThreadDied | undefined;

  /** Its file is `name` beside the module at `from`; `start` is cloned. */
  constructor(name: string, from: string, start: unknown) {
    const { port1: own, port2: port } = this.channel;
    own.on('message', (answers: Answers<A>) => this.receive(answers));
    own.on('messageerror', (cause) => this.die(cause));
    own.unref();
    try {
      this.host = ThreadHost.for({ died: (cause) => this.die(cause), left: () => this.left() }, name, from);
      this.host.begin({ wish: this.wish.buffer, port, start });
    } catch (cause) {
      this.die(cause);
      this.left();
    }
  }

  get isDead(): boolean {
    return this.death !== undefined;
  }

  /** Messages that it has not answered. */
  get load(): number {
    return this.underWay.size;
  }

  /** Rejects with an error that has the `name`, `code`, `message`, `syscall` and `cause` of what the answer failed with. */
  ask(question: Q, memory: readonly ArrayBuffer[] = []): Promise<A> {
    return new Promise((resolve, reject) => this.send([{ question, memory, resolve, reject }]));
  }

  /** Asks several questions with one message. */
  send(asked: readonly Asked<Q, A>[]): void {
    if (this.death !== undefined) return rejectAll(asked, this.death);
    const message = this.next++;
    const questions = asked.map(({ question }) => question);
    const memory = asked.flatMap((one) => one.memory);
    try {
      this.channel.port1.postMessage({ message, questions } satisfies Questions<Q>, memory);
    } catch (error) {
      return rejectAll(asked, error);
    }
    this.underWay.set(message, asked);
    this.host?.ref();
  }

  /** Tells it that answers are not wanted any more: what takes long may end early. They come all the same. */
  hurry(): void {
    Atomics.compareExchange(this.wish, 0, Wish.work, Wish.hurry);
  }

  /**
   * Resolves when it has ended, after the message that it is at; it begins with no other. What is under way rejects at once. May be
   * called again, and when it is dead.
   */
  end(): Promise<void> {
    this.leave(new ThreadDied('This worker thread has been ended, and answers nothing any more.'));
    this.host?.ref();
    return this.ended.promise;
  }

  private receive({ message, answers, failures }: Answers<A>): void {
    const asked = this.underWay.get(message);
    if (asked === undefined) return;
    this.underWay.delete(message);
    if (this.underWay.size === 0) this.host?.unref();
    for (const { index, failure } of failures) asked[index]!.reject(errorOf(failure));
    // Of those that have failed, already told, no answer is taken.
    for (const [index, { resolve }] of asked.entries()) resolve(answers[index] as A);
  }

  private die(cause: unknown): void {
    this.leave(new ThreadDied('A worker thread has died, and with it what it was asked. Try again.', { cause }));
  }

  private left(): void {
    this.host = undefined;
    this.channel.port1.close();
    this.ended.resolve();
  }

  private leave(death: ThreadDied): void {
    if (this.death !== undefined) return;
    this.death = death;
    Atomics.store(this.wish, 0, Wish.end);
    this.channel.port1.postMessage(END);
    const left = [...this.underWay.values()].flat();
    this.underWay.clear();
    rejectAll(left, death);
  }
}

export function rejectAll(asked: readonly Pick<Asked<never, never>, 'reject'>[], error: unknown): void {
  for (const { reject } of asked) reject(error);
}
