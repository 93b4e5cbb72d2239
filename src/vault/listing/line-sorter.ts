import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { openUnnamedFile } from '../files/unnamed-file.js';
import { compress, decompressInto } from '../packs/zstd.js';

/** Lines that are sorted in memory at a time. */
const RUN_BYTES = 24 * 1024 * 1024;
/** Of each run so much is in memory when all are merged. */
const BLOCK_BYTES = 64 * 1024;
/** What is read once, a moment later. */
const ZSTD_LEVEL = 1;
const LENGTHS_BYTES = 8;

export interface SortedLine {
  key: string;
  line: Buffer;
}

interface SpilledBlock {
  offset: number;
  bytes: number;
  plainBytes: number;
}

/**
 * Sorts lines by their keys in bounded memory: runs that fit are sorted and written to a temporary file without a name, and merged from there.
 * Nothing in that file can be read by anybody else: its key is nowhere but here. Whoever makes one disposes of it.
 */
export class LineSorter {
  private readonly key = randomBytes(32);
  private arena: Buffer;
  private keys: string[] = [];
  private ends: number[] = [];
  private file: FileHandle | undefined;
  private fileBytes = 0;
  private readonly runs: SpilledBlock[][] = [];

  constructor(private readonly runBytes = RUN_BYTES) {
    this.arena = Buffer.allocUnsafeSlow(runBytes);
  }

  /** One at a time. A promise where there is something to wait for; it rejects with what the operating system says of the temporary file. */
  add(key: string, line: Buffer): Promise<void> | undefined {
    const end = (this.ends.at(-1) ?? 0) + line.length;
    if (end > this.arena.length) return this.addToNext(key, line);
    line.copy(this.arena, end - line.length);
    this.keys.push(key);
    this.ends.push(end);
    return undefined;
  }

  /** All of them; nothing is added any more. A line is good until the next one is asked for. */
  *sorted(): Generator<SortedLine> {
    const heads: { next: SortedLine; rest: Iterator<SortedLine> }[] = [];
    for (const rest of [this.inMemory(), ...this.runs.map((run) => this.spilled(run))]) place(heads, rest);
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      yield head.next;
      place(heads, head.rest);
    }
  }

  async dispose(): Promise<void> {
    await this.file?.close().catch(() => undefined);
  }

  private async addToNext(key: string, line: Buffer): Promise<void> {
    if (this.keys.length > 0) await this.spill();
    if (line.length > this.arena.length) this.arena = Buffer.allocUnsafeSlow(line.length);
    await this.add(key, line);
  }

  private *inMemory(): Generator<SortedLine> {
    const { keys, ends } = this;
    const order = Uint32Array.from(keys, (_, index) => index).sort((a, b) => compareText(keys[a]!, keys[b]!));
    for (const index of order) {
      yield { key: keys[index]!, line: this.arena.subarray(ends[index - 1] ?? 0, ends[index]) };
    }
  }

  private async spill(): Promise<void> {
    this.file ??= await openUnnamedFile(tmpdir());
    const run: SpilledBlock[] = [];
    let parts: Buffer[] = [];
    let bytes = 0;
    const write = () => {
      run.push(this.writeBlock(Buffer.concat(parts)));
      [parts, bytes] = [[], 0];
    };
    for (const { key, line } of this.inMemory()) {
      const lengths = Buffer.alloc(LENGTHS_BYTES);
      lengths.writeUInt32BE(key.length, 0);
      lengths.writeUInt32BE(line.length, 4);
      parts.push(lengths, Buffer.from(key, 'latin1'), line);
      bytes += LENGTHS_BYTES + key.length + line.length;
      if (bytes >= BLOCK_BYTES) write();
    }
    if (bytes > 0) write();
    this.runs.push(run);
    [this.keys, this.ends] = [[], []];
    if (this.arena.length > this.runBytes) this.arena = Buffer.allocUnsafeSlow(this.runBytes);
  }

  private *spilled(run: readonly SpilledBlock[]): Generator<SortedLine> {
    for (const block of run) {
      const plain = this.readBlock(block);
      for (let at = 0; at < plain.length;) {
        const lineAt = at + LENGTHS_BYTES + plain.readUInt32BE(at);
        const end = lineAt + plain.readUInt32BE(at + 4);
        yield { key: plain.toString('latin1', at + LENGTHS_BYTES, lineAt), line: plain.subarray(lineAt, end) };
        at = end;
      }
    }
  }

  private writeBlock(plain: Buffer): SpilledBlock {
    const offset = this.fileBytes;
    const bytes = createCipheriv('aes-256-ctr', this.key, counterAt(offset)).update(compress(plain, ZSTD_LEVEL));
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.file!.fd, bytes, written, bytes.length - written, offset + written);
    }
    this.fileBytes += bytes.length;
    return { offset, bytes: bytes.length, plainBytes: plain.length };
  }

  private readBlock({ offset, bytes, plainBytes }: SpilledBlock): Buffer {
    const stored = Buffer.allocUnsafe(bytes);
    for (let read = 0; read < bytes;) {
      const more = readSync(this.file!.fd, stored, read, bytes - read, offset + read);
      if (more === 0) throw new Error('A temporary file is shorter than what was written to it.');
      read += more;
    }
    const plain = Buffer.allocUnsafeSlow(plainBytes);
    const packed = createDecipheriv('aes-256-ctr', this.key, counterAt(offset)).update(stored);
    if (!decompressInto(plain, packed)) throw new Error('A temporary file is not what was written to it.');
    return plain;
  }
}

/** The smallest at the end: that is where one is taken from. */
function place(heads: { next: SortedLine; rest: Iterator<SortedLine> }[], rest: Iterator<SortedLine>): void {
  const { value: next, done } = rest.next();
  if (done === true) return;
  let [low, high] = [0, heads.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(heads[middle]!.next.key, next.key) > 0) low = middle + 1;
    else high = middle;
  }
  heads.splice(low, 0, { next, rest });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of a block's own: blocks begin at different offsets, and a counter goes up once in 16 bytes only. */
function counterAt(offset: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt(offset), 0);
  return counter;
}
