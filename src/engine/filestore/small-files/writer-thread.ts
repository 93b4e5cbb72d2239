import { freeMemory } from '../../../vault/packs/free-memory.js';
import { type Failure, failureOf } from '../../../vault/threads/failure.js';
import { serveThread } from '../../../vault/threads/serve-thread.js';
import { type SmallFile, writeNew } from './write-new.js';

/** The directory, held open. */
export interface WriterStart {
  fd: number;
}

/** The entry point of a writing thread, started by small-writer.ts. Contents may share memory, so files go together. */
serveThread(({ fd }: WriterStart) => (files: SmallFile[]): (Failure | null)[] => {
  const failures = files.map((file) => write(fd, file));
  // Not before all are written; what is freed already, is left alone.
  for (const { content } of files) freeMemory(content);
  return failures;
});

function write(fd: number, file: SmallFile): Failure | null {
  try {
    writeNew(fd, file);
    return null;
  } catch (error) {
    return failureOf(error);
  }
}
