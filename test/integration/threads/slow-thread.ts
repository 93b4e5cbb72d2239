import { serveThread } from '../../../src/vault/threads/serve-thread.js';

/** A thread of thread.test.ts: says when it begins and ends with a message, and is at it for a while between. */
serveThread<{ ms: number }, string>(({ start, port, isHurried }) => (message) => {
  port.postMessage(`began ${message}`);
  for (const until = performance.now() + start.ms; performance.now() < until && !isHurried(););
  for (const until = performance.now() + 50; performance.now() < until;);
  port.postMessage(`ended ${message}`);
});
