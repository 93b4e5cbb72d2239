import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startThread } from '../../../src/vault/threads/start-thread.js';
import type { Thread } from '../../../src/vault/threads/thread.js';

function startSlowThread({ ms }: { ms: number }): { thread: Thread; said: unknown[] } {
  const thread = startThread('slow-thread', import.meta.url, { ms });
  const said: unknown[] = [];
  thread.worker.on('message', (message) => said.push(message));
  return { thread, said };
}

it('a thread ends after the message that it is at, and takes up no other', async () => {
  const { thread, said } = startSlowThread({ ms: 0 });
  for (const message of ['a', 'b', 'c']) thread.worker.postMessage(message);
  await once(thread.worker, 'message');
  await thread.end();
  expect(said).toEqual(['began a', 'ended a']);
});

it('a thread in a hurry answers everything, early', async () => {
  const { thread, said } = startSlowThread({ ms: 60_000 });
  for (const message of ['a', 'b']) thread.worker.postMessage(message);
  await once(thread.worker, 'message');
  thread.hurry();
  while (said.length < 4) await once(thread.worker, 'message');
  expect(said).toEqual(['began a', 'ended a', 'began b', 'ended b']);
  await thread.end();
});

it('a thread ends once, however often it is told, and whether it has begun or not', async () => {
  const { thread, said } = startSlowThread({ ms: 0 });
  thread.worker.postMessage('a');
  await Promise.all([thread.end(), thread.end()]);
  await thread.end();
  expect(said).toEqual([]);
});
