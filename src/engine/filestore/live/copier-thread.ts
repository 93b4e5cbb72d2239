import { parentPort, workerData } from 'node:worker_threads';
import type { BatchedAnswer, BatchedQuestion } from './batched-threads.js';
import { copyUnchanged } from './copy-unchanged.js';
import type { CopierStart, CopyOutcome, UnchangedFile } from './messages.js';

/** The entry point of a copying thread, started by live-files.ts. */
const port = parentPort;
if (port === null) throw new Error('This file is started as a worker thread.');
const { live, target } = workerData as CopierStart;
const root = { fd: live.fd, path: Buffer.from(live.path) };

port.on('message', ({ request, questions }: BatchedQuestion<UnchangedFile>) => {
  const answers = questions.map((file): CopyOutcome => {
    try {
      return copyUnchanged(root, target, file) ? 'copied' : 'not-as-captured';
    } catch (error) {
      const { code = 'EIO', syscall = 'write', message } = error as NodeJS.ErrnoException;
      return { code, syscall, message };
    }
  });
  port.postMessage({ request, answers } satisfies BatchedAnswer<CopyOutcome>);
});
