import type { OpenSource } from '../../../vault/packing/packing-lanes.js';
import type { CaptureWriter } from '../../../vault/vault.js';
import type { TreeRoot } from '../paths/tree-root.js';
import { packItems, type PackedItems } from '../scan/packed-items.js';
import type { ScannedFile } from '../scan/scanned-entry.js';
import type { FilesAnswer, FilesStart } from './files-source.js';

/** Files that are read by one question: a message costs as much as reading a few, and what is named is in memory twice. */
export const FILES_A_QUESTION = 64;
/** A question is no longer than that, unless it is one file. */
export const BYTES_A_QUESTION = 4 * 1024 * 1024;

interface Reading {
  source: Promise<OpenSource<PackedItems, FilesAnswer>>;
  questions: number;
}

/**
 * Reads files into the vault, on its threads, as long as they are what they were when they were scanned: all but those that change, or
 * have holes, which `readFile` reads. Whoever makes one closes it, before the tree, when all have been read.
 */
export class FilesReader {
  private readonly start: FilesStart;
  private readonly readings: Reading[] = [];

  constructor(
    { fd, path }: TreeRoot,
    private readonly writer: Pick<CaptureWriter, 'open' | 'sourcesAtOnce'>,
    private readonly onRead: (bytes: number) => void,
  ) {
    this.start = { fd, path };
  }

  /** Two for each thread: one that is read and one that is ready. */
  get questionsAtOnce(): number {
    return 2 * this.writer.sourcesAtOnce;
  }

  /** In their order. Rejects as the vault does, or with `signal.reason`: then all reading ends, also in the middle of a file. */
  async contentsOf(files: readonly ScannedFile[], signal: AbortSignal): Promise<FilesAnswer> {
    signal.throwIfAborted();
    const reading = this.idlest();
    reading.questions += 1;
    const stop = () => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const source = await reading.source;
      const contents = await source.ask(packItems(files));
      signal.throwIfAborted();
      return contents;
    } finally {
      signal.removeEventListener('abort', stop);
      reading.questions -= 1;
    }
  }

  /** Ends what is under way. Never rejects. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.readings.map(({ source }) => source));
    await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
  }

  /** Another thread is taken when those there are have something to do. */
  private idlest(): Reading {
    const idlest = this.readings.toSorted((one, other) => one.questions - other.questions)[0];
    if (idlest && (idlest.questions === 0 || this.readings.length === this.writer.sourcesAtOnce)) return idlest;
    const file = { name: 'files-source', from: import.meta.url, start: this.start };
    const source = this.writer.open<FilesStart, PackedItems, FilesAnswer>(file, this.onRead);
    // Whoever asks it is told.
    source.catch(() => undefined);
    const reading = { source, questions: 0 };
    this.readings.push(reading);
    return reading;
  }
}

/** The files, some at a time, as they are best asked for. */
export function* questionsOf(files: readonly ScannedFile[]): Generator<ScannedFile[]> {
  let some: ScannedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (some.length === FILES_A_QUESTION || (some.length > 0 && bytes + file.size > BYTES_A_QUESTION)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(file);
    bytes += file.size;
  }
  if (some.length > 0) yield some;
}
