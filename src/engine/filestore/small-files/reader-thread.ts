import { serveThread } from '../../../vault/threads/serve-thread.js';
import { readUnchanged, type ScannedState } from './read-unchanged.js';

/** The directory, held open, and where it was then. */
export interface ReaderStart {
  fd: number;
  path: Uint8Array;
}

export interface ReadQuestion extends ScannedState {
  /** Relative, a character a byte (latin1): buffers of their own cost several times what they hold. */
  path: string;
}

/** In memory of its own; null for a file that is not as it was scanned. */
export type ReadAnswer = Uint8Array<ArrayBuffer> | null;

/** The entry point of a reading thread, started by small-files.ts. */
serveThread(
  ({ fd, path }: ReaderStart) => {
    const root = { fd, path: Buffer.from(path) };
    return (file: ReadQuestion): ReadAnswer => readUnchanged(root, Buffer.from(file.path, 'latin1'), file);
  },
  (content) => (content === null ? [] : [content.buffer]),
);
