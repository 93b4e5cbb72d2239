import { answerBatches } from '../../../vault/threads/answer-batches.js';
import { copyUnchanged } from './copy-unchanged.js';
import type { CopierStart, CopyOutcome, UnchangedFile } from './messages.js';

/** The entry point of a copying thread, started by live-files.ts. */
answerBatches(({ live, target }: CopierStart, isHurried) => {
  const root = { fd: live.fd, path: Buffer.from(live.path) };
  return (file: UnchangedFile): CopyOutcome => {
    try {
      return copyUnchanged(root, target, file, isHurried) ? 'copied' : 'not-as-captured';
    } catch (error) {
      const { code = 'EIO', syscall = 'write', message } = error as NodeJS.ErrnoException;
      return { code, syscall, message };
    }
  };
});
