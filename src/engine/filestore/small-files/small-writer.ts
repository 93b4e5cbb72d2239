import { errorOf, type Failure } from '../../../vault/threads/failure.js';
import { ownMemory } from '../../../vault/threads/own-memory.js';
import { Thread } from '../../../vault/threads/thread.js';
import { ThreadPool } from '../../../vault/threads/thread-pool.js';
import type { SmallFile } from './write-new.js';
import type { WriterStart } from './writer-thread.js';

/** Threads that write: one makes a file while another one waits for the disk. */
const THREADS = 2;

/**
 * Makes small files in a directory, on threads of its own, which start with the first file. Whoever makes one closes
 * it when everything written has resolved or rejected.
 */
export class SmallWriter {
  private readonly threads: ThreadPool<SmallFile[], (Failure | null)[]>;

  /** `fd`: the directory, open for as long as this is used. */
  constructor(fd: number) {
    this.threads = new ThreadPool({
      count: THREADS,
      start: () => new Thread('writer-thread', import.meta.url, { fd } satisfies WriterStart),
      questionsAMessage: 1,
    });
  }

  /**
   * Creates files, as `writeFile` does, and resolves to what each has failed with, with an errno `code`, in their order; null for
   * those that are there. The contents are given away, with the memory they are parts of, as `ownMemory` says.
   */
  async write(files: readonly (SmallFile & { content: Buffer })[]): Promise<(Error | null)[]> {
    const { pieces, memory } = ownMemory(files.map(({ content }) => content));
    const owned = files.map((file, index) => {
      return { ...file, path: Uint8Array.from(file.path), content: pieces[index]! };
    });
    const failures = await this.threads.ask(owned, memory);
    return failures.map((failure) => failure && errorOf(failure));
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.threads.close();
  }
}
