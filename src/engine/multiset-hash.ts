import { randomBytes } from 'node:crypto';

const LINE_END = 0x0a;
const WORD_BYTES = 4;
/** Odd, so that no two words have the same product; their bits look random. */
const A_FACTOR = 0x5bd1e995;
const B_FACTOR = 0x2c1b3c6d;

/** Starting values of the two halves of an item's hash. The same for both sides of a comparison. */
export type MultisetKey = readonly [number, number];

/** What can be sent to another thread. */
export interface MultisetParts {
  rows: number;
  sums: Int32Array;
}

/** A key nobody could know while the items were chosen. */
export function newMultisetKey(): MultisetKey {
  const bytes = randomBytes(8);
  return [bytes.readInt32LE(0), bytes.readInt32LE(4)];
}

/**
 * A hash of the rows of a table, or of whatever else has no order, as a multiset: what occurs twice counts twice. Parallel loading, the
 * server's own choice of pages and a file system may change the order, and nothing else.
 *
 * Each item, a line of COPY text for a row, is hashed to 64 bits, spread to 128, and the sums of these are kept: the additive
 * construction of Clarke, Devadas, van Dijk, Gassend and Suh, "Incremental Multiset Hash Functions and Their
 * Application to Memory Integrity Checking" (ASIACRYPT 2003). What it has to find are mistakes: the bytes
 * of rows have been compared with their SHA-256 before. Two sets that differ by accident agree with a probability
 * of about 2^-64, and the random key takes away what could be prepared against a hash that is not cryptographic. One
 * that is took more than ten times longer, because calling it costs more than hashing a row.
 */
export class MultisetHash {
  rows = 0;
  private readonly sums = new Int32Array(4);
  /** The state within a row: both halves, and up to three bytes that do not make a word yet. */
  private a: number;
  private b: number;
  private tail = 0;
  private tailBytes = 0;
  private inRow = false;

  constructor(private readonly key: MultisetKey) {
    [this.a, this.b] = key;
  }

  /** The next bytes; a row may go on in the next call. */
  update(bytes: Buffer): void {
    const { length } = bytes;
    if (length === 0) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    let at = this.inRow ? this.completeWord(bytes) : 0;
    while (at < length) {
      const lineEnd = bytes.indexOf(LINE_END, at);
      const stop = lineEnd < 0 ? length : lineEnd;
      at = this.absorbWords(view, at, stop);
      for (; at < stop; at += 1) this.addToTail(bytes[at]!);
      this.inRow = lineEnd < 0;
      if (this.inRow) return;
      this.endRow();
      at += 1;
    }
  }

  /** One item as a whole, whatever bytes it consists of; between two rows. */
  addItem(bytes: Buffer): void {
    const { length } = bytes;
    const at = this.absorbWords(new DataView(bytes.buffer, bytes.byteOffset, length), 0, length);
    for (const byte of bytes.subarray(at)) this.addToTail(byte);
    this.endRow();
  }

  /** From another thread: its key, and what `parts` said. */
  static of(key: MultisetKey, { rows, sums }: MultisetParts): MultisetHash {
    const hash = new MultisetHash(key);
    hash.rows = rows;
    hash.sums.set(sums);
    return hash;
  }

  /** To another thread. */
  parts(): MultisetParts {
    return { rows: this.rows, sums: this.sums };
  }

  /** An empty one that can be added to this one. */
  another(): MultisetHash {
    return new MultisetHash(this.key);
  }

  /** Adds the rows of another one with the same key. Both have to be between two rows. */
  add(other: MultisetHash): void {
    if (this.inRow || other.inRow) throw new Error('Rows can only be added when the last one is complete.');
    other.sums.forEach((sum, index) => (this.sums[index]! += sum));
    this.rows += other.rows;
  }

  /** Number of rows and 128 bits, for comparing. */
  digest(): string {
    if (this.inRow) throw new Error('The last row has no end.');
    return [this.rows, ...Array.from(this.sums, (sum) => (sum >>> 0).toString(16).padStart(8, '0'))].join('-');
  }

  private absorbWords(view: DataView, from: number, stop: number): number {
    let { a, b } = this;
    let at = from;
    // Local variables: nearly all of the time is spent here.
    for (; at + WORD_BYTES <= stop; at += WORD_BYTES) {
      const word = view.getInt32(at);
      a = Math.imul(a ^ word, A_FACTOR);
      a = (a << 15) | (a >>> 17);
      b = Math.imul(b + word, B_FACTOR);
      b = (b << 13) | (b >>> 19);
    }
    this.a = a;
    this.b = b;
    return at;
  }

  private absorb(word: number): void {
    const a = Math.imul(this.a ^ word, A_FACTOR);
    this.a = (a << 15) | (a >>> 17);
    const b = Math.imul(this.b + word, B_FACTOR);
    this.b = (b << 13) | (b >>> 19);
  }

  private addToTail(byte: number): void {
    this.tail = (this.tail << 8) | byte;
    this.tailBytes += 1;
  }

  /** Goes on in a row of the call before, up to where whole words begin. Returns where that is. */
  private completeWord(bytes: Buffer): number {
    let at = 0;
    for (; this.tailBytes > 0 && at < bytes.length; at += 1) {
      const byte = bytes[at]!;
      if (byte === LINE_END) return at;
      this.addToTail(byte);
      if (this.tailBytes < WORD_BYTES) continue;
      this.absorb(this.tail);
      this.tail = 0;
      this.tailBytes = 0;
    }
    return at;
  }

  private endRow(): void {
    // With their number, so that zero bytes at the beginning of the rest count.
    this.absorb(this.tail | (this.tailBytes << 24));
    const x = mix(this.a ^ Math.imul(this.b, 0x9e3779b1));
    const y = mix(this.b ^ Math.imul(x, 0x85ebca77));
    this.sums[0]! += x;
    this.sums[1]! += y;
    this.sums[2]! += mix(x + 0x27d4eb2f);
    this.sums[3]! += mix(y ^ 0x165667b1);
    this.rows += 1;
    this.a = this.key[0];
    this.b = this.key[1];
    this.tail = 0;
    this.tailBytes = 0;
  }
}

/** Every bit in changes about half of the bits out; no two inputs have the same output. */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
