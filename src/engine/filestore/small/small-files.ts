import { startThread } from '../../../vault/threads/start-thread.js';
import type { Thread } from '../../../vault/threads/thread.js';
import type { ScannedFile } from '../scan/scanned-entry.js';
import type { TreeRoot } from '../paths/tree-root.js';
import { FACTS, type ReadAnswer, type ReaderStart, type ReadRequest, writeFacts } from './messages.js';

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

interface Waiting {
  file: ScannedFile;
  resolve: (content: Buffer) => void;
  reject: (error: unknown) => void;
}

interface Reader {
  thread: Thread;
  underWay: Map<number, Waiting[]>;
}

/**
 * Reads small files whole, on threads of its own, as long as they are what they were when they were scanned. Most of
 * a filestore is that, and it costs several times less than `readFile`, which is for the rest. The threads start with
 * the first file; whoever makes one closes it, before the tree, when all contents have been read.
 */
export class SmallFiles {
  private readers: Reader[] | undefined;
  private asked: Waiting[] = [];
  private next = 0;

  constructor(private readonly tree: TreeRoot) {}

  /** The bytes of one state of a file, in one buffer. It is read when it is asked for. Throws `NotAsScanned`. */
  async *contentOf(file: ScannedFile): AsyncGenerator<Buffer> {
    const content = await new Promise<Buffer>((resolve, reject) => {
      // Whoever asks within one turn of the event loop goes with the same message.
      if (this.asked.push({ file, resolve, reject }) === 1) setImmediate(() => this.send());
    });
    if (content.length > 0) yield content;
  }

  /** Ends the threads; what is under way is `NotAsScanned`. */
  async close(): Promise<void> {
    const readers = this.readers ?? [];
    this.readers = [];
    this.send();
    for (const reader of readers) this.giveUp(reader);
    await Promise.all(readers.map(({ thread }) => thread.end()));
  }

  private send(): void {
    this.readers ??= Array.from({ length: THREADS }, () => this.start());
    while (this.asked.length > 0) {
      const files = this.asked.splice(0, FILES_A_MESSAGE);
      const [first, ...others] = this.readers;
      if (first === undefined) {
        for (const { reject } of files) reject(new NotAsScanned());
        continue;
      }
      const reader = others.reduce((idler, one) => (one.underWay.size < idler.underWay.size ? one : idler), first);
      const request = this.next++;
      reader.underWay.set(request, files);
      post(reader.thread, request, files);
    }
  }

  private start(): Reader {
    const { fd, path } = this.tree;
    const thread = startThread('reader-thread', import.meta.url, { fd, path } satisfies ReaderStart);
    const { worker } = thread;
    const reader: Reader = { thread, underWay: new Map() };
    worker.on('message', ({ request, contents }: ReadAnswer) => {
      const files = reader.underWay.get(request) ?? [];
      reader.underWay.delete(request);
      for (const [index, { resolve, reject }] of files.entries()) {
        const content = contents[index];
        if (content) resolve(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
        else reject(new NotAsScanned());
      }
    });
    // Without its threads a capture is slower, no more.
    thread.onDeath(() => this.giveUp(reader));
    return reader;
  }

  private giveUp(reader: Reader): void {
    this.readers = this.readers?.filter((one) => one !== reader);
    for (const files of reader.underWay.values()) for (const { reject } of files) reject(new NotAsScanned());
    reader.underWay.clear();
  }
}

function post({ worker }: Thread, request: number, files: Waiting[]): void {
  // Copied into memory of their own: what is posted takes all the memory along that it is a part of.
  const paths = new Uint8Array(files.reduce((sum, { file }) => sum + file.path.length + 1, -1));
  const facts = new BigInt64Array(files.length * FACTS);
  let at = 0;
  for (const [index, { file }] of files.entries()) {
    paths.set(file.path, at);
    at += file.path.length + 1;
    writeFacts(facts, index * FACTS, file);
  }
  worker.postMessage({ request, paths, facts } satisfies ReadRequest, [paths.buffer, facts.buffer]);
}
