import type { ContentTaker } from '../../../vault/reading/content-taker.js';
import { type Failure, failureOf } from '../../../vault/threads/failure.js';
import { type SmallFile, writeNew } from './write-new.js';

/** The directory, held open. */
export interface FilesTakerStart {
  fd: number;
}

/** Null for a file that is made; otherwise why it is not. */
export type Made = null | 'not-opened' | Failure;

/** Makes files of contents, as `writeFile` does, where these are opened: loaded by files-writer.ts on threads of the vault. */
export default function filesTaker({ fd }: FilesTakerStart): ContentTaker<SmallFile[], Made[]> {
  return (contents, files) =>
    files.map((file, index) => {
      const content = contents[index];
      if (!content) return 'not-opened';
      try {
        writeNew(fd, file, content);
        return null;
      } catch (error) {
        return failureOf(error);
      }
    });
}
