import { serveThread } from '../../../src/vault/threads/serve-thread.js';

type Death = 'start' | 'exit' | 'throw' | 'fail';

/** A thread that is no good: it dies when it starts, or of the first question, or fails whatever it is asked. */
serveThread(({ how }: { how: Death }) => {
  if (how === 'start') throw new Error('not found');
  return () => {
    if (how === 'exit') process.exit(3);
    throw Object.assign(new Error('broken'), how === 'fail' && { code: 'broken' });
  };
});
