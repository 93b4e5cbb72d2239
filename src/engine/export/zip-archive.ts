import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { fileSize } from '../../vault/manifests/manifest.js';
import { EngineError } from '../engine-error.js';
import { decodePath, decodeRelativePath, displayPath } from '../filestore/paths/encoded-path.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';
import type { EntryWithContent } from '../extract/with-their-contents.js';
import type { ExportedArchive } from './exported-archive.js';

/** What is in a zip is named once more at its end, and until then in memory. */
const MOST_ENTRIES = 200_000;
/** Of what a mode says that something is, as Unix has it. */
const IS_LINK = 0o120_000;
const IS_DIRECTORY = 0o040_000;
const IS_FILE = 0o100_000;
const PLAIN_FILE = 0o644;
const NS_PER_MS = 1_000_000n;
const BACKSLASH = '\\';
/** Zeros of holes come in pieces of this size. */
const ZEROS = Buffer.alloc(64 * 1024);

/** A zip with modes, times to the second and links as links. Names must be UTF-8, without backslashes, which programs take for slashes. */
export class ZipArchive implements ExportedArchive {
  files = 0;
  bytes = 0;
  private entries = 0;
  private readonly zip = new ZipFile();
  private readonly written: Promise<void>;

  constructor(output: Writable) {
    // What a source says is told to whoever has added it.
    this.zip.on('error', () => undefined);
    this.written = pipeline(this.zip.outputStream, output);
    this.written.catch(() => undefined);
  }

  async add({ entry, content }: EntryWithContent): Promise<void> {
    const name = this.nameOf(entry);
    const options = { mode: entry.mode, mtime: new Date(Number(BigInt(entry.mtimeNs) / NS_PER_MS)) };
    if (entry.kind === 'directory') {
      this.zip.addEmptyDirectory(`${name}/`, { ...options, mode: IS_DIRECTORY | entry.mode });
    } else if (entry.kind === 'symlink') {
      await this.addStream(name, { ...options, mode: IS_LINK | 0o777 }, [decodePath(entry.target)]);
    } else if (content !== undefined) {
      const whole = entry.sparse === undefined ? content : withHoles(content, entry.sparse.runs, fileSize(entry));
      await this.addStream(name, { ...options, mode: IS_FILE | entry.mode, size: fileSize(entry) }, whole);
      this.files += 1;
      this.bytes += entry.content.bytes;
    }
  }

  async addLocal(name: string, path: string): Promise<void> {
    const { size, mtime } = await stat(path);
    await this.addStream(name, { mode: IS_FILE | PLAIN_FILE, mtime, size }, createReadStream(path));
  }

  async end(): Promise<void> {
    this.zip.end();
    await this.written;
  }

  private async addStream(
    name: string,
    options: { mode: number; mtime: Date; size?: number },
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
  ): Promise<void> {
    const taken = new Promise<void>((resolve, reject) => {
      this.zip.addReadStreamLazy(name, options, (give) => {
        const stream = content instanceof Readable ? content : Readable.from(content);
        stream.once('error', reject).once('end', resolve);
        give(null, stream);
      });
    });
    // One that cannot be written is never taken.
    await Promise.race([taken, this.written.then(() => taken)]);
  }

  private nameOf(entry: StagedEntry): string {
    this.entries += 1;
    if (this.entries > MOST_ENTRIES)
      throw unfit(`the filestore has more than ${MOST_ENTRIES.toLocaleString('en')} entries`);
    const bytes = decodeRelativePath(entry.path);
    const name = bytes.toString();
    if (!isUtf8(bytes)) throw unfit(`the name of "${displayPath(bytes)}" is not UTF-8`);
    if (name.includes(BACKSLASH)) throw unfit(`there is a backslash in "${displayPath(bytes)}"`);
    return name;
  }
}

async function* withHoles(
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
  runs: readonly { offset: number; bytes: number }[],
  size: number,
): AsyncGenerator<Buffer> {
  const left = runs.map((run) => ({ ...run }));
  let at = 0;
  for await (const buffer of content) {
    for (let from = 0; from < buffer.length;) {
      while (left[0]?.bytes === 0) left.shift();
      const [run] = left;
      if (run === undefined) throw new EngineError('snapshot-damaged', 'A file has more bytes than its runs.');
      yield* zeros(run.offset - at);
      const bytes = Math.min(run.bytes, buffer.length - from);
      yield buffer.subarray(from, from + bytes);
      from += bytes;
      run.bytes -= bytes;
      run.offset += bytes;
      at = run.offset;
    }
  }
  yield* zeros(size - at);
}

function* zeros(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

function unfit(why: string): EngineError {
  return new EngineError('export-unfit', `It cannot be exported as a zip: ${why}. Export it as tar_zst.`);
}
