import { hash } from 'node:crypto';
import { type EncodedPath, type FileEntry, fileSize, type SparseLayout } from '../../../vault/manifests/manifest.js';
import { type ContentRef } from '../../../vault/manifests/content-ref.js';

/**
 * More files than this are not remembered: they are read again, and found in the vault. About 70 bytes each,
 * so 140 MB at the most.
 */
export const MOST_CARRIED_FILES = 2_000_000;
/** The same for the chunks of files that have several, 36 bytes each: about 1.5 TB of large files. */
export const MOST_CARRIED_CHUNKS = 1_500_000;
/** The same for the runs of files with holes, which take 100 bytes or so each. */
export const MOST_CARRIED_RUNS = 500_000;

/** All that tells whether a file is still the one that the base has. */
export interface FileState {
  path: EncodedPath;
  /** How long it is, holes and all. */
  size: number;
  /** Nanoseconds since 1970, decimal. */
  mtimeNs: string;
  /** Nanoseconds since 1970, decimal. */
  ctimeNs: string;
  /** Decimal. */
  inode: string;
}

export interface BaseLimits {
  files?: number;
  chunks?: number;
  runs?: number;
}

/** What of a file is carried over. */
export type CarriedContent = Pick<FileEntry, 'content' | 'sparse'>;

/** What a capture asks of the snapshot it builds on. */
export interface KnownFiles {
  /** Of all files of the snapshot; `bytes`: of their data. */
  readonly totals: { files: number; bytes: number };
  /** The content of a file that has not been touched since; undefined when it has, or is not known. */
  find(file: FileState): CarriedContent | undefined;
}

/** Of the key of a file's state, in 32-bit words. */
export const KEY_WORDS = 4;
/** A record in 32-bit words: the key, the SHA-256 of the content, and where its list of chunks begins. */
const HASH_WORDS = 8;
const LIST_AT = KEY_WORDS + HASH_WORDS;
const RECORD_WORDS = LIST_AT + 1;
const FIRST_SLOTS = 16 * 1024;

/** A chunk in a list: its id and its length. */
const CHUNK_WORDS = HASH_WORDS + 1;
/** The list of a content of one chunk or none follows from its hash and size. */
const NO_LIST = 0xffff_ffff;

/**
 * The files of a base snapshot, by path and state, in a few dozen bytes each.
 *
 * A file's key is the first 128 bits of the SHA-256 of its path, size, times and inode together. Finding it
 * means that all of them are the base's: among a million files, two keys meet by chance once in 10^26 snapshots,
 * and who would construct such a pair has to try 2^64 of them, with inodes and change times that the kernel chooses,
 * to spoil a snapshot of files that are their own.
 */
export class BaseFiles implements KnownFiles {
  /** Files that can be carried over. */
  files = 0;
  /** Their data, and that of all other files of the base. */
  readonly totals = { files: 0, bytes: 0 };
  private readonly records = new Rows(RECORD_WORDS);
  private readonly lists = new Rows(CHUNK_WORDS);
  private chunks = 0;
  /** Of files with holes, by the number of the record. */
  private readonly layouts = new Map<number, SparseLayout>();
  private runs = 0;
  /** Open addressing: number of the record plus one, 0 where none is. A power of two; the keys are hashes already. */
  private slots = new Uint32Array(FIRST_SLOTS);

  constructor(private readonly limits: BaseLimits = {}) {}

  /** Remembers a file that has an identity, while there is room. Of two with one state the first one stays. */
  add({ path, mtimeNs, identity, content, sparse }: FileEntry): void {
    this.totals.files += 1;
    this.totals.bytes += content.bytes;
    if (identity === undefined || this.files >= (this.limits.files ?? MOST_CARRIED_FILES)) return;
    // Not with a layout: the length of the content is not the file's.
    const derivable = sparse === undefined && isDerivable(content);
    const mostChunks = this.limits.chunks ?? MOST_CARRIED_CHUNKS;
    if (!derivable && this.chunks + content.chunks.length + 1 > mostChunks) return;
    if (sparse && this.runs + sparse.runs.length + 1 > (this.limits.runs ?? MOST_CARRIED_RUNS)) return;
    if (this.files * 3 >= this.slots.length * 2) this.grow();
    const key = fileKey({ path, size: fileSize({ content, ...(sparse && { sparse }) }), mtimeNs, ...identity });
    const slot = this.slotOf(key, 0);
    if (this.slots[slot] !== 0) return;
    const { words, bytes, at } = this.records.row(this.files);
    words.set(key, at);
    bytes.write(content.sha256, (at + KEY_WORDS) * 4, 'hex');
    words[at + LIST_AT] = derivable ? NO_LIST : this.addList(content);
    if (sparse) this.keepLayout(this.files, sparse);
    this.files += 1;
    this.slots[slot] = this.files;
  }

  find(file: FileState): CarriedContent | undefined {
    if (this.files === 0) return undefined;
    const record = this.slots[this.slotOf(fileKey(file), 0)]!;
    if (record === 0) return undefined;
    const { words, bytes, at } = this.records.row(record - 1);
    const sha256 = hexAt(bytes, at + KEY_WORDS);
    const list = words[at + LIST_AT]!;
    if (list === NO_LIST) {
      const chunks = file.size === 0 ? [] : [{ id: sha256, bytes: file.size }];
      return { content: { bytes: file.size, sha256, chunks } };
    }
    const chunks = this.listFrom(list);
    const sparse = this.layouts.get(record - 1);
    const length = sparse ? chunks.reduce((sum, chunk) => sum + chunk.bytes, 0) : file.size;
    return { content: { bytes: length, sha256, chunks }, ...(sparse && { sparse }) };
  }

  private keepLayout(record: number, layout: SparseLayout): void {
    this.layouts.set(record, layout);
    this.runs += layout.runs.length + 1;
  }

  /** Stores the list behind its length and returns where it begins. */
  private addList({ chunks }: ContentRef): number {
    const start = this.chunks;
    const length = this.lists.row(this.chunks++);
    length.words[length.at] = chunks.length;
    for (const chunk of chunks) {
      const { words, bytes, at } = this.lists.row(this.chunks++);
      bytes.write(chunk.id, at * 4, 'hex');
      words[at + HASH_WORDS] = chunk.bytes;
    }
    return start;
  }

  private listFrom(start: number): ContentRef['chunks'] {
    const length = this.lists.row(start);
    return Array.from({ length: length.words[length.at]! }, (_, index) => {
      const { words, bytes, at } = this.lists.row(start + 1 + index);
      return { id: hexAt(bytes, at), bytes: words[at + HASH_WORDS]! };
    });
  }

  /** The slot that names the record with the key that begins at a word, or the free one where it belongs. */
  private slotOf(key: Uint32Array, from: number): number {
    const mask = this.slots.length - 1;
    let slot = key[from]! & mask;
    for (let record = this.slots[slot]!; record !== 0; record = this.slots[slot]!) {
      const { words, at } = this.records.row(record - 1);
      if (sameKey(words, at, key, from)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(): void {
    this.slots = new Uint32Array(this.slots.length * 2);
    for (let number = 0; number < this.files; number += 1) {
      const { words, at } = this.records.row(number);
      this.slots[this.slotOf(words, at)] = number + 1;
    }
  }
}

interface Block {
  words: Uint32Array;
  /** The same memory. */
  bytes: Buffer;
}

/** Rows of some words each, in blocks, so that growing never copies them. */
class Rows {
  private readonly blocks: Block[] = [];

  constructor(private readonly width: number) {}

  /** The block a row lies in, and its first word there. */
  row(number: number): Block & { at: number } {
    const block = (this.blocks[Math.floor(number / BLOCK_ROWS)] ??= this.block());
    return { words: block.words, bytes: block.bytes, at: (number % BLOCK_ROWS) * this.width };
  }

  private block(): Block {
    const words = new Uint32Array(BLOCK_ROWS * this.width);
    return { words, bytes: Buffer.from(words.buffer) };
  }
}

const BLOCK_ROWS = 4 * 1024;

/** The key of a state, in memory that the next call uses again: it is called for every file there is. */
export function fileKey({ path, size, mtimeNs, ctimeNs, inode }: FileState): Uint32Array {
  // Numbers first, so that a path, whatever is in it, cannot be taken for one of them.
  keyBytes.write(hash('sha256', `${size} ${mtimeNs} ${ctimeNs} ${inode} ${path}`), 0, KEY_WORDS * 4, 'hex');
  return keyWords;
}

const keyWords = new Uint32Array(KEY_WORDS);
const keyBytes = Buffer.from(keyWords.buffer);

function sameKey(words: Uint32Array, at: number, key: Uint32Array, from: number): boolean {
  for (let word = 0; word < KEY_WORDS; word += 1) if (words[at + word] !== key[from + word]) return false;
  return true;
}

function hexAt(bytes: Buffer, word: number): string {
  return bytes.toString('hex', word * 4, (word + HASH_WORDS) * 4);
}

function isDerivable({ bytes, sha256, chunks }: ContentRef): boolean {
  if (bytes === 0) return chunks.length === 0;
  return chunks.length === 1 && chunks[0]!.id === sha256 && chunks[0]!.bytes === bytes;
}
