import { type MessagePort, parentPort } from 'node:worker_threads';
import { type Failure, failureOf } from './failure.js';

/** What a `Thread` begins with, on the worker that it is given. */
export interface ThreadStart {
  /** One `Wish`, read in the middle of the work. */
  wish: SharedArrayBuffer;
  /** The worker's end of the channel for questions and answers. */
  port: MessagePort;
  start: unknown;
}

/** The last message to a thread on its channel, and to a worker that is not needed any more. */
export const END = 'end';
/** What a worker says when a thread has ended on it. */
export const FREE = 'free';

export const Wish = { work: 0, hurry: 1, end: 2 } as const;

export interface Questions<Q> {
  message: number;
  questions: Q[];
}

export interface Answers<A> {
  message: number;
  /** In the order of the questions; undefined for one that has failed. */
  answers: (A | undefined)[];
  failures: { index: number; failure: Failure }[];
}

/** What answers a thread's questions; `end` gives back what it holds open, when no more will come. */
export interface Serving<Q, A> {
  answer(question: Q): A | Promise<A>;
  end(): void;
}

/**
 * The worker's side of a `Thread`, of each that is on this worker, one after the other. `prepare` gets what the thread was started
 * with, and returns what answers a question, at once or when a later question of the same thread has brought what it waits for. It
 * waits for nothing else, so that nothing of a thread goes on when it has ended. `isHurried`: nobody waits for the answers any more,
 * and one that takes long may end early.
 *
 * What answers with an error that has a `code` has failed to do what it was asked, and whoever asked is told. Of any other
 * error the worker dies. `memoryOf`: what is given away with an answer.
 */
export function serveThread<S, Q, A>(
  prepare: (start: S, isHurried: () => boolean) => Serving<Q, A> | Serving<Q, A>['answer'],
  memoryOf: (answer: A) => readonly ArrayBuffer[] = () => [],
): void {
  const parent = parentPort;
  if (parent === null) throw new Error('This file is started as a worker thread.');
  const begin = ({ wish, port, start }: ThreadStart): void => {
    const flag = new Int32Array(wish);
    const serving = prepare(start as S, () => Atomics.load(flag, 0) !== Wish.work);
    const { answer, end } = typeof serving === 'function' ? { answer: serving, end: () => undefined } : serving;
    const reply = async ({ message, questions }: Questions<Q>): Promise<void> => {
      const settled = await Promise.allSettled(questions.map(async (question) => answer(question)));
      const answers: Answers<A> = { message, answers: [], failures: [] };
      const memory: ArrayBuffer[] = [];
      for (const [index, one] of settled.entries()) {
        if (one.status === 'fulfilled') memory.push(...memoryOf(one.value));
        else answers.failures.push({ index, failure: failureOf(one.reason) });
        answers.answers.push(one.status === 'fulfilled' ? one.value : undefined);
      }
      port.postMessage(answers, memory);
    };
    port.on('message', (message: Questions<Q> | typeof END) => {
      if (message !== END) {
        if (Atomics.load(flag, 0) !== Wish.end) reply(message).catch(die);
        return;
      }
      end();
      port.close();
      parent.postMessage(FREE);
    });
  };
  parent.on('message', (message: ThreadStart | typeof END) => (message === END ? parent.close() : begin(message)));
}

/** Past all promises, whatever a process does with their rejections. */
function die(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
