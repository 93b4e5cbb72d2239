import { BatchedThreads } from '../../../vault/threads/batched-threads.js';
import { memoryOf, ownMemory } from '../../../vault/threads/own-memory.js';
import { startThread } from '../../../vault/threads/start-thread.js';
import type { Failure, SmallFile, WriterStart } from './write-messages.js';

/** Threads that write: one makes a file while another one waits for the disk. */
const THREADS = 2;

interface OwnedFile extends SmallFile {
  content: Uint8Array<ArrayBuffer>;
}

/**
 * Makes small files in a directory, on threads of its own, which start with the first file. Whoever makes one closes
 * it when everything written has resolved or rejected.
 */
export class SmallWriter {
  private readonly threads: BatchedThreads<OwnedFile[], (Failure | null)[]>;

  /** `fd`: the directory, open for as long as this is used. */
  constructor(fd: number) {
    this.threads = new BatchedThreads({
      count: THREADS,
      start: () => startThread('writer-thread', import.meta.url, { fd } satisfies WriterStart),
      transfer: (files) => memoryOf(files.map(({ content }) => content)),
      questionsAMessage: 1,
    });
  }

  /**
   * Creates files, as `writeFile` does, and resolves to what each has failed with, in their order; null for those that
   * are there. The contents are given away, with all of the memory they are parts of, unless that is Node's pool.
   */
  write(files: readonly SmallFile[]): Promise<(Failure | null)[]> {
    const owned = files.map((file) => ({
      ...file,
      path: Uint8Array.from(file.path),
      content: ownMemory(file.content),
    }));
    return this.threads.ask(owned);
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.threads.close();
  }
}
