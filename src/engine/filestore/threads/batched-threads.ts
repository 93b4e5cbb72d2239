import type { Worker } from 'node:worker_threads';

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
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

interface Thread<Q, A> {
  worker: Worker;
  underWay: Map<number, Waiting<Q, A>[]>;
}

const QUESTIONS_A_MESSAGE = 16;

/**
 * Threads that answer many small questions, asked and answered some at a time, because a message costs more than
 * an answer. They start with the first question; whoever made this closes it.
 */
export class BatchedThreads<Q, A> {
  private threads: Thread<Q, A>[] | undefined;
  private asked: Waiting<Q, A>[] = [];
  private next = 0;

  /** `start` starts one thread, which answers every `BatchedQuestion` with a `BatchedAnswer`. */
  constructor(
    private readonly count: number,
    private readonly start: () => Worker,
  ) {}

  /** Rejects when the thread has died, or was ended by `close()`. */
  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      // What comes within one turn of the event loop goes with the same message.
      if (this.asked.push({ question, resolve, reject }) === 1) setImmediate(() => this.send());
    });
  }

  /** Ends the threads, and with them what is under way. */
  async close(): Promise<void> {
    await Promise.all((this.threads ?? []).map(({ worker }) => worker.terminate()));
  }

  private send(): void {
    const threads = (this.threads ??= Array.from({ length: this.count }, () => this.started()));
    while (this.asked.length > 0) {
      const waiting = this.asked.splice(0, QUESTIONS_A_MESSAGE);
      const thread = threads.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler));
      const request = this.next++;
      thread.underWay.set(request, waiting);
      const questions = waiting.map(({ question }) => question);
      thread.worker.postMessage({ request, questions } satisfies BatchedQuestion<Q>);
    }
  }

  private started(): Thread<Q, A> {
    const thread: Thread<Q, A> = { worker: this.start(), underWay: new Map() };
    thread.worker.on('message', ({ request, answers }: BatchedAnswer<A>) => {
      const waiting = thread.underWay.get(request) ?? [];
      thread.underWay.delete(request);
      for (const [index, { resolve }] of waiting.entries()) resolve(answers[index]!);
    });
    const end = (cause: unknown): void => {
      const left = [...thread.underWay.values()].flat();
      thread.underWay.clear();
      for (const { reject } of left) reject(new Error('A thread of the filestore has died.', { cause }));
    };
    thread.worker.on('error', end);
    thread.worker.on('exit', (code) => end(new Error(`It ended with status ${code}.`)));
    return thread;
  }
}
