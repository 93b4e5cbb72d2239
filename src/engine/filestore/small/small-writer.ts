import type { Worker } from 'node:worker_threads';
import { startThread } from '../../../vault/pipeline/start-thread.js';
import type { SmallFile, WriteAnswer, WriteRequest } from './write-messages.js';

/** Threads that write: one makes a file while another one waits for the disk. */
const THREADS = 2;
const FILES_A_MESSAGE = 16;

interface Waiting {
  file: SmallFile;
  resolve: () => void;
  reject: (error: unknown) => void;
}

interface Writer {
  worker: Worker;
  underWay: Map<number, Waiting[]>;
}

/**
 * Makes small files in a directory, on threads of its own, which start with the first file. Whoever makes one closes
 * it when everything written has resolved or rejected.
 */
export class SmallWriter {
  private writers: Writer[] | undefined;
  private asked: Waiting[] = [];
  private next = 0;

  /** `fd`: the directory, open for as long as this is used. */
  constructor(private readonly fd: number) {}

  /**
   * Creates one file, as `writeFile` does. Its content is given away when it owns its memory. Rejects with an errno
   * `code`.
   */
  write(file: SmallFile): Promise<void> {
    return new Promise((resolve, reject) => {
      // What comes within one turn of the event loop goes with the same message.
      if (this.asked.push({ file, resolve, reject }) === 1) setImmediate(() => this.send());
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all((this.writers ?? []).map(({ worker }) => worker.terminate()));
  }

  private send(): void {
    const writers = (this.writers ??= Array.from({ length: THREADS }, () => this.start()));
    while (this.asked.length > 0) {
      const files = this.asked.splice(0, FILES_A_MESSAGE);
      const writer = writers.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler));
      const request = this.next++;
      writer.underWay.set(request, files);
      this.post(writer.worker, request, files);
    }
  }

  private post(worker: Worker, request: number, asked: Waiting[]): void {
    const files = asked.map(({ file }) => ({ ...file, path: alone(file.path), content: alone(file.content) }));
    const memory = files.flatMap(({ path, content }) => [path.buffer, content.buffer]);
    worker.postMessage({ request, fd: this.fd, files } satisfies WriteRequest, memory);
  }

  private start(): Writer {
    const worker = startThread('writer-thread', import.meta.url, undefined);
    const writer: Writer = { worker, underWay: new Map() };
    worker.on('message', ({ request, failures }: WriteAnswer) => {
      const files = writer.underWay.get(request) ?? [];
      writer.underWay.delete(request);
      for (const [index, { resolve, reject }] of files.entries()) {
        const failure = failures[index];
        if (failure) reject(Object.assign(new Error(failure.message), failure));
        else resolve();
      }
    });
    const end = (cause: unknown): void => {
      const left = [...writer.underWay.values()].flat();
      writer.underWay.clear();
      for (const { reject } of left) reject(new Error('A thread that writes files has died.', { cause }));
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`It ended with status ${code}.`)));
    return writer;
  }
}

/** The same bytes in memory of their own: what is posted takes all the memory along that it is a part of. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.length;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}
