import { freeMemory } from '../../../vault/packs/free-memory.js';
import { answerBatches } from '../../../vault/threads/answer-batches.js';
import type { WriteFailure, SmallFile, WriterStart } from './write-messages.js';
import { writeNew } from './write-new.js';

/** The entry point of a writing thread, started by small-writer.ts. */
answerBatches(({ fd }: WriterStart) => (files: SmallFile[]): (WriteFailure | null)[] => {
  const failures = files.map((file) => write(fd, file));
  // Contents may share memory, so not before all are written; what is freed already, is left alone.
  for (const { content } of files) freeMemory(content);
  return failures;
});

function write(fd: number, file: SmallFile): WriteFailure | null {
  try {
    writeNew(fd, file);
    return null;
  } catch (error) {
    const { code = 'EIO', syscall = 'write', message } = error as NodeJS.ErrnoException;
    return { code, syscall, message };
  }
}
