import type { FileHandle } from 'node:fs/promises';
import { Budget } from '../../vault/budget.js';
import type { FileEntry } from '../../vault/manifest.js';
import { BoundedTasks } from './bounded-tasks.js';
import type { LiveFiles } from './live/live-files.js';
import type { Ownership } from './ownership.js';
import { SmallWriter } from './small/small-writer.js';
import { within } from './tree-root.js';
import { wholeContent, writeFile } from './write-file.js';

/** Files written at once; with so many the vault can find and open their contents together. */
const FILES_AT_ONCE = 256;

/** What they may hold in memory together. */
const BYTES_AT_ONCE = 32 * 1024 * 1024;

/** A larger file than this is written as it comes; it holds two chunks or so at a time. */
const STREAM_BYTES = 8 * 1024 * 1024;

/** Files up to this size are written in one piece, by threads, once there are many. */
const SMALL_BYTES = 1024 * 1024;
const FILES_BEFORE_THREADS = 64;

/** Creates the file with the content of a source, which is opened when it is needed. Rejects as `writeFile` does. */
export type WriteFrom = (open: () => AsyncIterable<Buffer>) => Promise<void>;

export interface FilesWriterOptions {
  signal: AbortSignal;
  /** Files written at once; 256, as far as 32 MiB go, unless told. */
  concurrency?: number;
  onBytes: (bytes: number) => void;
  /** What need not come from a source. */
  live?: LiveFiles;
}

/** Writes many files below an open directory, side by side, in bounded memory. Ended by `finish()` or `abandon()`. */
export class FilesWriter {
  private readonly tasks: BoundedTasks;
  private readonly memory = new Budget(BYTES_AT_ONCE);
  private readonly small: SmallWriter;
  private met = 0;

  constructor(
    private readonly directory: FileHandle,
    private readonly ownership: Ownership,
    private readonly options: FilesWriterOptions,
  ) {
    this.tasks = new BoundedTasks(options.concurrency ?? FILES_AT_ONCE, options.signal);
    this.small = new SmallWriter(directory.fd);
  }

  /**
   * Resolves when the work has been started, which is when there is room for it; the work calls the function that it is
   * given once. Rejects with the first failure of earlier work.
   */
  async start(relative: Buffer, entry: FileEntry, work: (write: WriteFrom) => Promise<void>): Promise<void> {
    const room = await this.memory.reserve(Math.min(entry.content.bytes, STREAM_BYTES));
    await this.tasks.start(async (signal) => {
      try {
        signal.throwIfAborted();
        await work((open) => this.write(relative, entry, open, signal));
      } finally {
        room.release();
      }
    });
  }

  /** Resolves when all files have been written; rejects with the first failure. */
  async finish(): Promise<void> {
    await this.tasks.finish();
    await this.small.close();
  }

  /** Resolves when nothing is being written any more. */
  async abandon(reason: unknown): Promise<void> {
    await this.tasks.abandon(reason);
    await this.small.close();
  }

  private async write(
    path: Buffer,
    entry: FileEntry,
    open: () => AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<void> {
    const { ownership } = this;
    const { onBytes, live } = this.options;
    const isSmall = entry.content.bytes <= SMALL_BYTES;
    const areFew = (this.met += 1) <= FILES_BEFORE_THREADS;
    if (live && !(isSmall && areFew) && (await live.copy({ path, ...ownership.of(entry) }, entry))) {
      onBytes(entry.content.bytes);
      return;
    }
    if (!isSmall || areFew) {
      return writeFile(within(this.directory, path), entry, { source: open(), ownership, signal, onBytes });
    }
    const content = await wholeContent(entry, open());
    await this.small.write({ path, content, mtimeNs: BigInt(entry.mtimeNs), ...ownership.of(entry) });
    onBytes(entry.content.bytes);
  }
}
