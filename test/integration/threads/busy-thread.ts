import { threadId } from 'node:worker_threads';
import { serveThread } from '../../../src/vault/threads/serve-thread.js';

export interface BusyStart {
  /** Two counters: questions begun with, and done with. */
  counted: Int32Array<SharedArrayBuffer>;
}

export type BusyQuestion =
  | { double: number }
  /** So that it takes so long, less when it is hurried. */
  | { spin: number }
  | { memory: Uint8Array<ArrayBuffer> }
  | 'what was given away'
  /** The number of the worker that it is on. */
  | 'where'
  | 'never'
  | 'exit'
  | 'throw'
  | 'fail';

export type BusyAnswer = number | Uint8Array<ArrayBuffer>;

/** A thread that does what it is asked, or dies of it. */
serveThread(
  ({ counted }: BusyStart, isHurried) => {
    let given: Uint8Array | undefined;
    const answer = (question: BusyQuestion): BusyAnswer | Promise<BusyAnswer> => {
      if (question === 'exit') process.exit(3);
      if (question === 'throw') throw new Error('a fault of its own');
      if (question === 'never') return new Promise(() => undefined);
      if (question === 'fail') {
        const cause = new Error('what lies behind it');
        throw Object.assign(new Error('no such thing', { cause }), { code: 'ENOENT', syscall: 'open' });
      }
      if (question === 'where') return threadId;
      if (question === 'what was given away') return given!.byteLength;
      if ('double' in question) return 2 * question.double;
      if ('memory' in question) return (given = question.memory);
      for (const until = performance.now() + question.spin; performance.now() < until && !isHurried(););
      return question.spin;
    };
    return (question: BusyQuestion) => {
      Atomics.add(counted, 0, 1);
      const answered = answer(question);
      Atomics.add(counted, 1, 1);
      return answered;
    };
  },
  (answer) => (typeof answer === 'number' ? [] : [answer.buffer]),
);
