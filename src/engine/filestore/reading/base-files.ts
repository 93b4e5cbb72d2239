import { hash } from 'node:crypto';
import { type Row, Rows, sharedWords } from './shared-rows.js';
import { type EncodedPath, type FileEntry, fileSize, type SparseLayout } from '../../../vault/manifests/manifest.js';
import { type ContentRef } from '../../../vault/manifests/content-ref.js';
import type { PlainFile } from '../../../vault/manifests/file-line.js';

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
  /** For `knownFilesIn` on other threads; nothing may be added any more. */
  share(): SharedFiles;
}

/** The same in memory that threads share. */
export interface SharedFiles {
  files: number;
  records: SharedArrayBuffer[];
  lists: SharedArrayBuffer[];
  slots: SharedArrayBuffer;
  /** Only those with one of these keys count, and are found without an identity; see `RestoredFiles`. */
  noted?: SharedArrayBuffer;
}

/** Of the key of a file's state, in 32-bit words. */
export const KEY_WORDS = 4;
/** A record in 32-bit words: the key, the SHA-256 of the content, and where its list of chunks begins. */
const HASH_WORDS = 8;
const LIST_AT = KEY_WORDS + HASH_WORDS;
const RECORD_WORDS = LIST_AT + 1;
const FIRST_SLOTS = 16 * 1024;

/** A chunk in a list: its id and its length. In front of them, how many there are, and whether the file has holes. */
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
  private readonly records: Rows;
  private readonly lists: Rows;
  private chunks = 0;
  /** Of files with holes, by the number of the record. */
  private readonly layouts = new Map<number, SparseLayout>();
  private runs = 0;
  /** Open addressing: number of the record plus one, 0 where none is. A power of two; the keys are hashes already. */
  private slots: Uint32Array;

  /** `shared`: what others have gathered, to be found in and not added to. */
  constructor(
    private readonly limits: BaseLimits = {},
    shared?: Omit<SharedFiles, 'noted'>,
  ) {
    this.records = new Rows(RECORD_WORDS, shared?.records);
    this.lists = new Rows(CHUNK_WORDS, shared?.lists);
    this.slots = shared ? new Uint32Array(shared.slots) : sharedWords(FIRST_SLOTS);
    this.files = shared?.files ?? 0;
  }

  share(): SharedFiles {
    const { files, records, lists, slots } = this;
    return { files, records: records.shared(), lists: lists.shared(), slots: slots.buffer as SharedArrayBuffer };
  }

  /** Remembers a file that has an identity, while there is room. Of two with one state the first one stays. */
  add({ path, mtimeNs, identity, content, sparse }: FileEntry): void {
    this.count(content.bytes);
    if (identity === undefined || this.isFull) return;
    // Not with a layout: the length of the content is not the file's.
    const derivable = sparse === undefined && isDerivable(content);
    const mostChunks = this.limits.chunks ?? MOST_CARRIED_CHUNKS;
    if (!derivable && this.chunks + content.chunks.length + 1 > mostChunks) return;
    if (sparse && this.runs + sparse.runs.length + 1 > (this.limits.runs ?? MOST_CARRIED_RUNS)) return;
    const size = fileSize({ content, ...(sparse && { sparse }) });
    const record = this.remember(fileKey({ path, size, mtimeNs, ...identity }), content.sha256);
    if (!record) return;
    if (!derivable) record.words[record.at + LIST_AT] = this.addList(content, sparse !== undefined);
    if (sparse) this.keepLayout(this.files - 1, sparse);
  }

  /** The same for most files, from their lines. */
  addPlain({ path, bytes, mtimeNs, ctimeNs, inode, sha256 }: PlainFile): void {
    const size = Number(bytes);
    this.count(size);
    if (!this.isFull) this.remember(fileKey({ path, size, mtimeNs, ctimeNs, inode }), sha256);
  }

  private count(bytes: number): void {
    this.totals.files += 1;
    this.totals.bytes += bytes;
  }

  private get isFull(): boolean {
    return this.files >= (this.limits.files ?? MOST_CARRIED_FILES);
  }

  /** Its new record, without a list of chunks; undefined for a key that is there already. */
  private remember(key: Uint32Array, sha256: string): Row | undefined {
    if (this.files * 3 >= this.slots.length * 2) this.grow();
    const slot = this.slotOf(key, 0);
    if (this.slots[slot] !== 0) return undefined;
    const record = this.records.row(this.files);
    const { words, bytes, at } = record;
    words.set(key, at);
    bytes.write(sha256, (at + KEY_WORDS) * 4, 'hex');
    words[at + LIST_AT] = NO_LIST;
    this.files += 1;
    this.slots[slot] = this.files;
    return record;
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
    // Known where it was gathered, and not to other threads.
    if (!sparse && this.hasHoles(list)) return undefined;
    const length = sparse ? chunks.reduce((sum, chunk) => sum + chunk.bytes, 0) : file.size;
    return { content: { bytes: length, sha256, chunks }, ...(sparse && { sparse }) };
  }

  private keepLayout(record: number, layout: SparseLayout): void {
    this.layouts.set(record, layout);
    this.runs += layout.runs.length + 1;
  }

  /** Stores the list behind its length and returns where it begins. */
  private addList({ chunks }: ContentRef, hasHoles: boolean): number {
    const start = this.chunks;
    const length = this.lists.row(this.chunks++);
    length.words[length.at] = chunks.length;
    length.words[length.at + 1] = hasHoles ? 1 : 0;
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

  private hasHoles(start: number): boolean {
    const { words, at } = this.lists.row(start);
    return words[at + 1] === 1;
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
    this.slots = sharedWords(this.slots.length * 2);
    for (let number = 0; number < this.files; number += 1) {
      const { words, at } = this.records.row(number);
      this.slots[this.slotOf(words, at)] = number + 1;
    }
  }
}

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
