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
 * an answer. They start with the first question; whoever made this closes it.
 */
export class BatchedThreads<Q, A> {
  private hurried = false;
  private threads: Answering<Q, A>[] | undefined;
  private asked: Waiting<Q, A>[] = [];
  private next = 0;

  constructor(private readonly options: BatchedThreadsOptions) {}

  /** `memory` is given away with the question. Rejects when the thread has died. */
  ask(question: Q, memory: readonly ArrayBuffer[] = []): Promise<A> {
    return new Promise((resolve, reject) => {
      // What comes within one turn of the event loop goes with the same message.
      if (this.asked.push({ question, memory, resolve, reject }) === 1) setImmediate(() => this.send());
    });
  }

  /** Lets the threads know that nobody wants their answers any more; they come all the same, and soon. */
  hurry(): void {
    this.hurried = true;
    for (const { thread } of this.threads ?? []) thread.hurry();
  }

  /** Resolves when the threads have ended. Everything asked has been answered before, and nothing is asked after. */
  async close(): Promise<void> {
    await Promise.all((this.threads ?? []).map(({ thread }) => thread.end()));
  }

  private send(): void {
    const threads = (this.threads ??= Array.from({ length: this.options.count }, () => this.start()));
    while (this.asked.length > 0) {
      const waiting = this.asked.splice(0, this.options.questionsAMessage ?? QUESTIONS_A_MESSAGE);
      const idlest = threads.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler));
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
    const end = (cause: unknown): void => {
      const left = [...underWay.values()].flat();
      underWay.clear();
      for (const { reject } of left) reject(new Error('A thread of the filestore has died.', { cause }));
    };
    thread.worker.on('error', end);
    thread.worker.on('exit', (code) => end(new Error(`It ended with status ${code}.`)));
    return { thread, underWay };
  }
}
