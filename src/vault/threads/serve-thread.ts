import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { END, type ThreadStart, Wish } from './messages.js';

export interface ThreadSide<S> {
  /** What `startThread` was given. */
  start: S;
  port: MessagePort;
  /** Nobody waits for the answers any more. */
  isHurried(): boolean;
}

/** The thread's side of a `Thread`: handles message after message until it is told to end. */
export function serveThread<S, M>(prepare: (side: ThreadSide<S>) => (message: M) => void): void {
  const port = parentPort;
  if (port === null) throw new Error('This file is started as a worker thread.');
  const { wish, start } = workerData as ThreadStart;
  const flag = new Int32Array(wish);
  const handle = prepare({ start: start as S, port, isHurried: () => Atomics.load(flag, 0) !== Wish.work });
  port.on('message', (message: M | typeof END) => {
    if (message === END) port.close();
    else if (Atomics.load(flag, 0) !== Wish.end) handle(message);
  });
}
