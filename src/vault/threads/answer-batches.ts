import type { BatchedAnswer, BatchedQuestion } from './batched-threads.js';
import { serveThread } from './serve-thread.js';

/**
 * The work of a thread that `BatchedThreads` started. `isHurried` says that answers are not wanted any more, and that one
 * which takes long may end early.
 */
export function answerBatches<S, Q, A>(prepare: (start: S, isHurried: () => boolean) => (question: Q) => A): void {
  serveThread<S, BatchedQuestion<Q>>(({ start, port, isHurried }) => {
    const answer = prepare(start, isHurried);
    return ({ request, questions }) => {
      port.postMessage({ request, answers: questions.map(answer) } satisfies BatchedAnswer<A>);
    };
  });
}
