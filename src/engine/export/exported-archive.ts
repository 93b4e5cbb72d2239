import type { EntryWithContent } from '../extract/with-their-contents.js';

/** A file that many others are put into, one after the other. Whatever writes rejects with what the disk says. */
export interface ExportedArchive {
  /** Files of the filestore, and bytes of theirs. */
  readonly files: number;
  readonly bytes: number;
  /** What is in the filestore; its path is that in the archive. */
  add(each: EntryWithContent): Promise<void>;
  /** A file that is somewhere else on this machine, and does not change meanwhile. */
  addLocal(name: string, path: string): Promise<void>;
  /** Resolves when all of it is written. */
  end(): Promise<void>;
}
