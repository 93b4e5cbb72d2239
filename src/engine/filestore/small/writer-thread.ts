import { parentPort } from 'node:worker_threads';
import { freeMemory } from '../../../vault/packs/free-memory.js';
import type { Failure, WriteAnswer, WriteRequest } from './write-messages.js';
import { writeNew } from './write-new.js';

/** The entry point of a writing thread, started by small-writer.ts. */
const port = parentPort;
if (port === null) throw new Error('This file is started as a worker thread.');

port.on('message', ({ request, fd, files }: WriteRequest) => {
  const failures = files.map((file): Failure | null => {
    try {
      writeNew(fd, file);
      return null;
    } catch (error) {
      const { code = 'EIO', syscall = 'write', message } = error as NodeJS.ErrnoException;
      return { code, syscall, message };
    } finally {
      freeMemory(Buffer.from(file.content.buffer, file.content.byteOffset, file.content.byteLength));
    }
  });
  port.postMessage({ request, failures } satisfies WriteAnswer);
});
