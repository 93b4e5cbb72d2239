import { type Asked, rejectAll, type Thread, ThreadDied } from './thread.js';

export interface ThreadPoolOptions<Q, A> {
  count: number;
  start: () => Thread<Q, A>;
  /** Where a message costs more than an answer, what is asked within one turn of the event loop goes together. */
  questionsAMessage: number;
}

/**
 * Threads that answer questions each of which stands alone. They start with the first one, and another one takes the place of
 * one that is dead; what that had been asked rejects, as `Thread` says. Whoever made the pool closes it.
 */
export class ThreadPool<Q, A> {
  private threads: Thread<Q, A>[] = [];
  private asked: Asked<Q, A>[] = [];
  private hurried = false;
  private closed: ThreadDied | undefined;

  constructor(private readonly options: ThreadPoolOptions<Q, A>) {}

  /** As `Thread.ask`, by the idlest of the threads. */
  ask(question: Q, memory: readonly ArrayBuffer[] = []): Promise<A> {
    return new Promise((resolve, reject) => {
      // A thread that started now would never be ended.
      if (this.closed !== undefined) return reject(this.closed);
      const count = this.asked.push({ question, memory, resolve, reject });
      if (count === this.options.questionsAMessage) this.send();
      else if (count === 1) setImmediate(() => this.send());
    });
  }

  /** As `Thread.hurry`, also for threads that start later. */
  hurry(): void {
    this.hurried = true;
    for (const thread of this.threads) thread.hurry();
  }

  /** Resolves when the threads have ended, as `Thread.end` says. What is asked afterwards rejects with `ThreadDied`, too. */
  async close(): Promise<void> {
    this.closed ??= new ThreadDied('These worker threads have been ended, and answer nothing any more.');
    rejectAll(this.asked.splice(0), this.closed);
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  private send(): void {
    if (this.asked.length === 0) return;
    this.threads = this.threads.filter(({ isDead }) => !isDead);
    while (this.threads.length < this.options.count) this.threads.push(this.start());
    const idlest = this.threads.reduce((idler, one) => (one.load < idler.load ? one : idler));
    idlest.send(this.asked.splice(0));
  }

  private start(): Thread<Q, A> {
    const thread = this.options.start();
    if (this.hurried) thread.hurry();
    return thread;
  }
}
