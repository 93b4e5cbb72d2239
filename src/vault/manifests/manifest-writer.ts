import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { createZstdCompress, type ZstdCompress } from 'node:zlib';
import { tooLong } from './file-line.js';
import { MAX_LINE_BYTES } from './line-splitter.js';
import { lineOf, parseEntry, parseFooter, parseHeader } from './manifest-parser.js';
import type { ManifestEntry, ManifestHeader, SnapshotOutcome } from './manifest.js';

/** Lines are compressed in batches: handing each one to the thread pool alone would take longer than the work. */
const BATCH_BYTES = 64 * 1024;

/**
 * Writes one manifest to a file as it comes, in bounded memory. What could not be read back is refused
 * here, with an `Error` that names the field: at the rollback it would be too late.
 */
export class ManifestWriter {
  entries = 0;
  private readonly sha256 = createHash('sha256');
  /** What is to be compressed: lines that came as bytes, and behind them those that came one by one. */
  private batch: Buffer[] = [];
  private text = '';
  private batchBytes = 0;
  /** One batch at a time goes to the compressor; whoever adds meanwhile waits here. */
  private flushed: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: FileHandle,
    private readonly zstd: ZstdCompress,
    private readonly written: Promise<void>,
  ) {}

  /** Begins with the header. `seal` has the last word on the bytes. */
  static begin(
    file: FileHandle,
    header: ManifestHeader,
    seal: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
  ): ManifestWriter {
    const parsed = parseHeader(header);
    const zstd = createZstdCompress();
    const written = writeAll(seal(zstd), file);
    // A full disk shows up here first, and is thrown by the next call that waits for it.
    written.catch(() => undefined);
    const writer = new ManifestWriter(file, zstd, written);
    writer.append(parsed);
    return writer;
  }

  /** In their order. Concurrent calls do not mix what they add. */
  async add(entries: readonly ManifestEntry[]): Promise<void> {
    for (const entry of entries) {
      this.append(lineOf(parseEntry(lineOf(entry))));
      this.entries += 1;
    }
    if (this.batchBytes >= BATCH_BYTES) await this.flush();
  }

  /** The same for entries that are lines already, each with its newline. */
  async addLines(text: Buffer, entries: number): Promise<void> {
    this.batch.push(this.takeText(), text);
    this.batchBytes += text.length;
    this.entries += entries;
    if (this.batchBytes >= BATCH_BYTES) await this.flush();
  }

  /** Writes the footer. Resolves to the size of the file, when the disk has taken all of it. */
  async finish(outcome?: SnapshotOutcome): Promise<number> {
    await this.flush();
    const sums = { entries: this.entries, sha256: this.sha256.digest('hex') };
    const footer = parseFooter({ kind: 'footer', ...sums, ...(outcome && { outcome }) });
    await this.compress(Buffer.from(`${JSON.stringify(footer)}\n`));
    this.zstd.end();
    await this.written;
    await this.file.sync();
    return (await this.file.stat()).size;
  }

  /** Writes nothing more. Safe at any time; never rejects. */
  async abandon(): Promise<void> {
    this.zstd.destroy();
    await this.written.catch(() => undefined);
  }

  private append(line: object): void {
    const text = `${JSON.stringify(line)}\n`;
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_LINE_BYTES) throw tooLong();
    this.text += text;
    this.batchBytes += bytes;
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat([...this.batch, this.takeText()]);
    this.batch = [];
    this.batchBytes = 0;
    // At once: asking for each line would take longer than the hash.
    this.sha256.update(bytes);
    this.flushed = this.flushed.then(() => this.compress(bytes));
    await this.flushed;
  }

  private takeText(): Buffer {
    const bytes = Buffer.from(this.text);
    this.text = '';
    return bytes;
  }

  private async compress(bytes: Buffer): Promise<void> {
    if (this.zstd.write(bytes)) return;
    // Whichever comes first: room for more, or the failure that means it will never come.
    const stop = new AbortController();
    const drained = once(this.zstd, 'drain', { signal: stop.signal });
    drained.catch(() => undefined);
    await Promise.race([drained, this.written]).finally(() => stop.abort());
  }
}

async function writeAll(source: AsyncIterable<Buffer>, file: FileHandle): Promise<void> {
  for await (const buffer of source) await file.writeFile(buffer);
}
