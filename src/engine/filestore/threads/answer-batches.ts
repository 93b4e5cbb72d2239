import { parentPort, workerData } from 'node:worker_threads';
import { type BatchedAnswer, type BatchedQuestion, END } from './batched-threads.js';

/** What a thread is started with: the flag of its `BatchedThreads`, and what it needs itself. */
export interface BatchedStart<S> {
  stop: SharedArrayBuffer;
  start: S;
}

/**
 * The work of a thread that `BatchedThreads` started: answers what it is asked until it is told to end. `isStopped` says
 * that answers are not wanted any more, and that one which takes long may end early.
 */
export function answerBatches<S, Q, A>(prepare: (start: S, isStopped: () => boolean) => (question: Q) => A): void {
  const port = parentPort;
  if (port === null) throw new Error('This file is started as a worker thread.');
  const { stop, start } = workerData as BatchedStart<S>;
  const flag = new Int32Array(stop);
  const answer = prepare(start, () => Atomics.load(flag, 0) !== 0);
  port.on('message', (message: BatchedQuestion<Q> | typeof END) => {
    if (message === END) {
      port.close();
      return;
    }
    const { request, questions } = message;
    port.postMessage({ request, answers: questions.map(answer) } satisfies BatchedAnswer<A>);
  });
}
