import { once } from 'node:events';
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

/** The last message to a thread. */
export const END = 'end';

interface Waiting<Q, A> {
  question: Q;
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

interface Thread<Q, A> {
  worker: Worker;
  underWay: Map<number, Waiting<Q, A>[]>;
  ended: Promise<unknown>;
}

const QUESTIONS_A_MESSAGE = 16;

export interface BatchedThreadsOptions<Q> {
  count: number;
  /** Starts one thread, which calls `answerBatches` and hands it this flag. */
  start: (stop: SharedArrayBuffer) => Worker;
  /** Memory of a question that is given away. */
  transfer?: (question: Q) => ArrayBuffer[];
}

/**
 * Threads that answer many small questions, asked and answered some at a time, because a message costs more than
 * an answer. They start with the first question; whoever made this closes it.
 *
 * They end by themselves when they are told to, and are never terminated: they call the C library through koffi, and a
 * thread that is terminated while koffi is loaded or in a call takes the whole process with it (koffi issue 190).
 */
export class BatchedThreads<Q, A> {
  private readonly stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private threads: Thread<Q, A>[] | undefined;
  private asked: Waiting<Q, A>[] = [];
  private next = 0;

  constructor(private readonly options: BatchedThreadsOptions<Q>) {}

  /** Rejects when the thread has died. */
  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      // What comes within one turn of the event loop goes with the same message.
      if (this.asked.push({ question, resolve, reject }) === 1) setImmediate(() => this.send());
    });
  }

  /** Lets the threads know that nobody wants their answers any more; they come all the same, and soon. */
  stop(): void {
    Atomics.store(this.stopped, 0, 1);
  }

  /** Resolves when the threads have ended. Nothing may be asked meanwhile, or after. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(
      (this.threads ?? []).map(({ worker, ended }) => {
        worker.postMessage(END);
        return ended;
      }),
    );
  }

  private send(): void {
    const threads = (this.threads ??= Array.from({ length: this.options.count }, () => this.start()));
    while (this.asked.length > 0) {
      const waiting = this.asked.splice(0, QUESTIONS_A_MESSAGE);
      const thread = threads.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler));
      const request = this.next++;
      thread.underWay.set(request, waiting);
      const questions = waiting.map(({ question }) => question);
      const memory = questions.flatMap((question) => this.options.transfer?.(question) ?? []);
      thread.worker.postMessage({ request, questions } satisfies BatchedQuestion<Q>, memory);
    }
  }

  private start(): Thread<Q, A> {
    const worker = this.options.start(this.stopped.buffer);
    const thread: Thread<Q, A> = { worker, underWay: new Map(), ended: once(worker, 'exit').catch(() => undefined) };
    worker.on('message', ({ request, answers }: BatchedAnswer<A>) => {
      const waiting = thread.underWay.get(request) ?? [];
      thread.underWay.delete(request);
      for (const [index, { resolve }] of waiting.entries()) resolve(answers[index]!);
    });
    const end = (cause: unknown): void => {
      const left = [...thread.underWay.values()].flat();
      thread.underWay.clear();
      for (const { reject } of left) reject(new Error('A thread of the filestore has died.', { cause }));
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`It ended with status ${code}.`)));
    return thread;
  }
}
