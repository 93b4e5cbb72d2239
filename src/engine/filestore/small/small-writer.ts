import { BatchedThreads } from '../../../vault/threads/batched-threads.js';
import { startThread } from '../../../vault/threads/start-thread.js';
import type { Failure, SmallFile, WriterStart } from './write-messages.js';

/** Threads that write: one makes a file while another one waits for the disk. */
const THREADS = 2;

/** In memory that is the file's alone. */
interface OwnedFile extends SmallFile {
  path: Uint8Array<ArrayBuffer>;
  content: Uint8Array<ArrayBuffer>;
}

/**
 * Makes small files in a directory, on threads of its own, which start with the first file. Whoever makes one closes
 * it when everything written has resolved or rejected.
 */
export class SmallWriter {
  private readonly threads: BatchedThreads<OwnedFile, Failure | null>;

  /** `fd`: the directory, open for as long as this is used. */
  constructor(fd: number) {
    this.threads = new BatchedThreads({
      count: THREADS,
      start: () => startThread('writer-thread', import.meta.url, { fd } satisfies WriterStart),
      transfer: ({ path, content }) => [path.buffer, content.buffer],
    });
  }

  /**
   * Creates one file, as `writeFile` does. Its content is given away when it owns its memory. Rejects with an errno
   * `code`.
   */
  async write(file: SmallFile): Promise<void> {
    const failure = await this.threads.ask({ ...file, path: alone(file.path), content: alone(file.content) });
    if (failure !== null) throw Object.assign(new Error(failure.message), failure);
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.threads.close();
  }
}

/** The same bytes in memory of their own: what is posted takes all the memory along that it is a part of. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.length;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}
