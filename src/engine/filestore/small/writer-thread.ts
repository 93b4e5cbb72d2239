import { freeMemory } from '../../../vault/packs/free-memory.js';
import { answerBatches } from '../../../vault/threads/answer-batches.js';
import type { Failure, SmallFile, WriterStart } from './write-messages.js';
import { writeNew } from './write-new.js';

/** The entry point of a writing thread, started by small-writer.ts. */
answerBatches(({ fd }: WriterStart) => (file: SmallFile): Failure | null => {
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
