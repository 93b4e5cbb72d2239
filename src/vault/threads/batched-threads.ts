import type { Thread } from './thread.js';

export interface BatchedQuestion<Q> {
  request: number;
  questions: Q[];
}

export interface BatchedAnswer<A> {
  request: number;
  /** In the order of the questions. */
  answers: A[];
}

interface Waiting<Q, A> {
  question: Q;
  memory: readonly ArrayBuffer[];
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

interface Answering<Q, A> {
  thread: Thread;
  underWay: Map<number, Waiting<Q, A>[]>;
}

const QUESTIONS_A_MESSAGE = 16;

export interface BatchedThreadsOptions {
  count: number;
  /** Starts one thread, which calls `answerBatches`. */
  start: () => Thread;
  /** 16 unless told. */
  questionsAMessage?: number;
}

/**
 * Threads that answer many small questions, asked and answered some at a time, because a message costs more than
 * an answer. They start with the first question, and another one takes the place of one that dies; whoever made this closes it.
 */
export class BatchedThreads<Q, A> {
  private hurried = false;
  private closed = false;
  private threads: Answering<Q, A>[] = [];
  private asked: Waiting<Q, A>[] = [];
  private next = 0;

  constructor(private readonly options: BatchedThreadsOptions) {}

  /**
   * `memory` is given away with the question. Rejects when the thread dies that was asked: whether it had done what it was asked,
   * nobody knows. What is asked after that goes to a living one.
   */
  ask(question: Q, memory: readonly ArrayBuffer[] = []): Promise<A> {
    // A thread that started now would never be ended.
    if (this.closed) return Promise.reject(new Error('These threads have been closed.'));
    return new Promise((resolve, reject) => {
      // What comes within one turn of the event loop goes with the same message.
      if (this.asked.push({ question, memory, resolve, reject }) === 1) setImmediate(() => this.send());
    });
  }

  /** Lets the threads know that nobody wants their answers any more; they come all the same, and soon. */
  hurry(): void {
    this.hurried = true;
    for (const { thread } of this.threads) thread.hurry();
  }

  /** Resolves when the threads have ended. Everything asked has been answered before, and nothing is asked after. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.map(({ thread }) => thread.end()));
  }

  private send(): void {
    while (this.threads.length < this.options.count) this.threads.push(this.start());
    while (this.asked.length > 0) {
      const waiting = this.asked.splice(0, this.options.questionsAMessage ?? QUESTIONS_A_MESSAGE);
      const idlest = this.threads.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler));
      const request = this.next++;
      idlest.underWay.set(request, waiting);
      const questions = waiting.map(({ question }) => question);
      const memory = waiting.flatMap((one) => one.memory);
      idlest.thread.worker.postMessage({ request, questions } satisfies BatchedQuestion<Q>, memory);
    }
  }

  private start(): Answering<Q, A> {
    const thread = this.options.start();
    if (this.hurried) thread.hurry();
    const underWay: Answering<Q, A>['underWay'] = new Map();
    thread.worker.on('message', ({ request, answers }: BatchedAnswer<A>) => {
      const waiting = underWay.get(request) ?? [];
      underWay.delete(request);
      for (const [index, { resolve }] of waiting.entries()) resolve(answers[index]!);
    });
    const answering = { thread, underWay };
    thread.onDeath((cause) => {
      // Before anybody is told, who may ask again at once.
      this.threads = this.threads.filter((one) => one !== answering);
      const left = [...underWay.values()].flat();
      underWay.clear();
      const message = 'A worker thread has died, and with it what it was asked. Try again.';
      for (const { reject } of left) reject(new Error(message, { cause }));
    });
    return answering;
  }
}
