import type { FileHandle } from 'node:fs/promises';
import { Budget } from '../../../vault/writing/budget.js';
import type { FileEntry } from '../../../vault/manifests/manifest.js';
import { BoundedTasks } from '../../concurrency/bounded-tasks.js';
import type { ContentSource } from './content-source.js';
import type { LiveFiles } from '../live-copies/live-files.js';
import type { Ownership } from './ownership.js';
import { errorOf } from '../../../vault/threads/failure.js';
import type { FilesTakerStart, Made } from '../small-files/files-taker.js';
import type { SmallFile } from '../small-files/write-new.js';
import { isTooLong, withPath } from '../paths/long-path.js';
import { writeFile } from './write-file.js';

/** Files or batches of them that are written at once, as far as their memory goes. */
const TASKS_AT_ONCE = 64;

/** What they may hold in memory together. */
const BYTES_AT_ONCE = 24 * 1024 * 1024;

/** A larger file than this is written as it comes; it holds two chunks or so at a time. */
const STREAM_BYTES = 8 * 1024 * 1024;

/** Files up to this size are written in one piece, many together and by threads, once there are many. */
const SMALL_BYTES = 1024 * 1024;
const FILES_BEFORE_BATCHES = 64;

/** A batch is full with so many files, or so many bytes. */
const BATCH_FILES = 512;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface NewFile {
  /** Relative to the directory. */
  path: Buffer;
  entry: FileEntry;
}

export interface FilesWriterOptions {
  signal: AbortSignal;
  contents: ContentSource;
  /** What need not come from there. */
  live?: LiveFiles;
  onBytes: (bytes: number) => void;
  /** So many more files are done. */
  onFiles: (files: number) => void;
  /** What to reject with for a file whose writing has failed so. */
  failure: (file: NewFile, error: unknown) => unknown;
}

/** Writes many files below an open directory, side by side, in bounded memory. Ended by `finish()` or `abandon()`. */
export class FilesWriter {
  private readonly tasks: BoundedTasks;
  private readonly memory = new Budget(BYTES_AT_ONCE);
  private batch: NewFile[] = [];
  private batchBytes = 0;
  private met = 0;

  constructor(
    private readonly directory: FileHandle,
    private readonly ownership: Ownership,
    private readonly options: FilesWriterOptions,
  ) {
    this.tasks = new BoundedTasks(TASKS_AT_ONCE, options.signal);
  }

  /** Resolves when there is room for the next one. Rejects with the first failure of an earlier one. */
  async write(file: NewFile): Promise<void> {
    const { content, sparse } = file.entry;
    const { bytes } = content;
    this.met += 1;
    if (bytes > SMALL_BYTES || sparse !== undefined || isTooLong(file.path)) {
      return this.start([file], Math.min(bytes, STREAM_BYTES), (signal) => this.writeStream(file, signal));
    }
    if (this.met <= FILES_BEFORE_BATCHES) return this.start([file], bytes, (signal) => this.writeAlone(file, signal));
    this.batch.push(file);
    this.batchBytes += bytes;
    if (this.batch.length >= BATCH_FILES || this.batchBytes >= BATCH_BYTES) await this.startBatch();
  }

  /** Resolves when all files have been written; rejects with the first failure. */
  async finish(): Promise<void> {
    await this.startBatch();
    await this.tasks.finish();
  }

  /** Resolves when nothing is being written any more. */
  async abandon(reason: unknown): Promise<void> {
    await this.tasks.abandon(reason);
  }

  private async startBatch(): Promise<void> {
    const [files, bytes] = [this.batch, this.batchBytes];
    [this.batch, this.batchBytes] = [[], 0];
    if (files.length > 0) await this.start(files, bytes, (signal) => this.writeBatch(files, signal));
  }

  private async start(
    files: readonly NewFile[],
    bytes: number,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const room = await this.memory.reserve(bytes);
    await this.tasks.start(async (signal) => {
      try {
        signal.throwIfAborted();
        await work(signal);
        this.options.onFiles(files.length);
      } finally {
        room.release();
      }
    });
  }

  private async writeStream(file: NewFile, signal: AbortSignal): Promise<void> {
    const [left] = await this.notLive([file]);
    if (left) await this.writeAlone(left, signal);
  }

  private async writeAlone(file: NewFile, signal: AbortSignal): Promise<void> {
    const { ownership } = this;
    const { contents, onBytes } = this.options;
    const source = contents.read(file.entry.content);
    try {
      await withPath(this.directory, file.path, (path) =>
        writeFile(path, file.entry, { source, ownership, signal, onBytes }),
      );
    } catch (error) {
      throw this.options.failure(file, error);
    }
  }

  private async writeBatch(batch: readonly NewFile[], signal: AbortSignal): Promise<void> {
    const files = await this.notLive(batch);
    if (files.length === 0) return;
    signal.throwIfAborted();
    const made = await this.options.contents.deliver<FilesTakerStart, SmallFile[], Made[]>(
      files.map(({ entry }) => entry.content),
      { name: '../small-files/files-taker', from: import.meta.url, start: { fd: this.directory.fd } },
      files.map(({ path, entry }) => {
        return { path: Uint8Array.from(path), mtimeNs: BigInt(entry.mtimeNs), ...this.ownership.of(entry) };
      }),
    );
    for (const [index, outcome] of made.entries()) {
      const file = files[index]!;
      // What is wrong with its content is said by whoever reads it by itself.
      if (outcome === 'not-opened') await this.writeAlone(file, signal);
      else if (outcome !== null) throw this.options.failure(file, errorOf(outcome));
      else this.options.onBytes(file.entry.content.bytes);
    }
  }

  /** Copies what is live, and returns the rest. */
  private async notLive(files: readonly NewFile[]): Promise<readonly NewFile[]> {
    const { live } = this.options;
    if (!live) return files;
    const copied = await Promise.all(files.map((file) => this.copy(live, file)));
    return files.filter((_, index) => !copied[index]);
  }

  /** False when the live one will not do. */
  private async copy(live: LiveFiles, file: NewFile): Promise<boolean> {
    const { path, entry } = file;
    if (isTooLong(path)) return false;
    try {
      if (!(await live.copy({ path, ...this.ownership.of(entry) }, entry))) return false;
    } catch (error) {
      throw this.options.failure(file, error);
    }
    this.options.onBytes(entry.content.bytes);
    return true;
  }
}
