import { Thread, ThreadDied } from '../../../vault/threads/thread.js';
import { ThreadPool } from '../../../vault/threads/thread-pool.js';
import type { ScannedFile } from '../scan/scanned-entry.js';
import type { TreeRoot } from '../paths/tree-root.js';
import type { ReadAnswer, ReaderStart, ReadQuestion } from './reader-thread.js';

/** Files of up to so many bytes are read in one piece. */
export const SMALL_BYTES = 1024 * 1024;

/** Threads that read: more than one, so that one waits for the disk while another one reads from memory. */
const THREADS = 2;

/** Files one message to a thread names. */
const FILES_A_MESSAGE = 16;

/** Thrown by the content of a file that is no longer as it was scanned, or cannot be read: `readFile` finds out. */
export class NotAsScanned extends Error {
  override name = 'NotAsScanned';
}

/**
 * Reads small files whole, on threads of its own, as long as they are what they were when they were scanned. Most of
 * a filestore is that, and it costs several times less than `readFile`, which is for the rest. The threads start with
 * the first file; whoever makes one closes it, before the tree, when all contents have been read.
 */
export class SmallFiles {
  private readonly threads: ThreadPool<ReadQuestion, ReadAnswer>;

  constructor({ fd, path }: TreeRoot) {
    const start: ReaderStart = { fd, path };
    this.threads = new ThreadPool({
      count: THREADS,
      start: () => new Thread('reader-thread', import.meta.url, start),
      questionsAMessage: FILES_A_MESSAGE,
    });
  }

  /** The bytes of one state of a file, in one buffer. It is read when it is asked for. Throws `NotAsScanned`. */
  async *contentOf(file: ScannedFile): AsyncGenerator<Buffer> {
    const { size, mtimeNs, ctimeNs, inode, mode, uid, gid } = file;
    const path = file.path.toString('latin1');
    const content = await this.threads
      .ask({ path, size, mtimeNs, ctimeNs, inode, mode, uid, gid })
      .catch(withoutThreads);
    if (content === null) throw new NotAsScanned();
    if (content.length > 0) yield Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  }

  /** Ends the threads; what is under way is `NotAsScanned`. */
  close(): Promise<void> {
    return this.threads.close();
  }
}

/** Without its threads a capture is slower, no more. */
function withoutThreads(error: unknown): null {
  if (error instanceof ThreadDied) return null;
  throw error;
}
