import type { PlainFile } from '../../vault/manifests/file-line.js';
import type { FileEntry } from '../../vault/manifests/manifest.js';
import {
  BaseFiles,
  type CarriedContent,
  fileKey,
  type FileState,
  KEY_WORDS,
  type KnownFiles,
  MOST_CARRIED_FILES,
  type SharedFiles,
} from '../filestore/reading/base-files.js';
import type { NotesSink, RestoredNotes } from './restored-notes.js';

const KEY_BYTES = KEY_WORDS * 4;
const FILES_A_PAGE = 4_000;
/** In place of the identities, which are in the keys that were noted. */
const NO_IDENTITY = { ctimeNs: '0', inode: '0' };

/** Notes files by the keys of their states, some at a time. Ended by `finish`. */
export class FilesNoting {
  private page = Buffer.alloc(FILES_A_PAGE * KEY_BYTES);
  private inPage = 0;
  private noted = 0;

  constructor(private readonly sink: Pick<NotesSink, 'page'>) {}

  async add(file: FileState): Promise<void> {
    if (this.noted === MOST_CARRIED_FILES) return;
    this.noted += 1;
    const key = fileKey(file);
    for (let word = 0; word < KEY_WORDS; word += 1)
      this.page.writeUInt32LE(key[word]!, this.inPage * KEY_BYTES + word * 4);
    this.inPage += 1;
    if (this.inPage === FILES_A_PAGE) await this.finish();
  }

  async finish(): Promise<void> {
    if (this.inPage === 0) return;
    const page = this.page.subarray(0, this.inPage * KEY_BYTES);
    this.page = Buffer.alloc(FILES_A_PAGE * KEY_BYTES);
    this.inPage = 0;
    await this.sink.page('files', page);
  }
}

/** The files of a snapshot that was restored, as they lie there: those that are still what they were when they were noted. */
export class RestoredFiles implements KnownFiles {
  private constructor(
    private readonly noted: FileKeys,
    private readonly files: BaseFiles,
  ) {}

  static async read(notes: RestoredNotes): Promise<RestoredFiles> {
    const pages: Buffer[] = [];
    for await (const page of notes.pages('files')) pages.push(page);
    return new RestoredFiles(FileKeys.of(pages), new BaseFiles());
  }

  /** As another thread has gathered them. */
  static shared({ noted, ...files }: Required<SharedFiles>): RestoredFiles {
    return new RestoredFiles(new FileKeys(noted), new BaseFiles({}, files));
  }

  get totals() {
    return this.files.totals;
  }

  /** All entries of the snapshot's manifest. */
  add(entry: FileEntry): void {
    this.files.add({ ...entry, identity: NO_IDENTITY });
  }

  addPlain(file: PlainFile): void {
    this.files.addPlain({ ...file, ...NO_IDENTITY });
  }

  share(): SharedFiles {
    return { ...this.files.share(), noted: this.noted.shared };
  }

  find(file: FileState): CarriedContent | undefined {
    return this.noted.has(fileKey(file)) ? this.files.find({ ...file, ...NO_IDENTITY }) : undefined;
  }
}

/** What was gathered on another thread. */
export function knownFilesIn(shared: SharedFiles): Pick<KnownFiles, 'find'> {
  const { noted } = shared;
  return noted === undefined ? new BaseFiles({}, shared) : RestoredFiles.shared({ ...shared, noted });
}

/** A set of keys, in some forty bytes each. */
class FileKeys {
  /** Open addressing: the keys themselves, which are hashes already; all zeros where there is none. */
  private readonly words: Uint32Array;
  private readonly mask: number;

  constructor(readonly shared: SharedArrayBuffer) {
    this.words = new Uint32Array(shared);
    this.mask = this.words.length / KEY_WORDS - 1;
  }

  static of(pages: readonly Buffer[]): FileKeys {
    const count = pages.reduce((sum, page) => sum + Math.floor(page.length / KEY_BYTES), 0);
    const slots = 2 ** Math.ceil(Math.log2(Math.max(2, count * 1.5)));
    const keys = new FileKeys(new SharedArrayBuffer(slots * KEY_BYTES));
    const key = new Uint32Array(KEY_WORDS);
    for (const page of pages) {
      for (let at = 0; at + KEY_BYTES <= page.length; at += KEY_BYTES) {
        for (let word = 0; word < KEY_WORDS; word += 1) key[word] = page.readUInt32LE(at + word * 4);
        keys.words.set(key, keys.slotOf(key) * KEY_WORDS);
      }
    }
    return keys;
  }

  has(key: Uint32Array): boolean {
    return !this.isFree(this.slotOf(key));
  }

  /** The slot that has the key, or the free one where it belongs. */
  private slotOf(key: Uint32Array): number {
    let slot = key[0]! & this.mask;
    while (!this.isFree(slot) && !this.isAt(slot, key)) slot = (slot + 1) & this.mask;
    return slot;
  }

  private isFree(slot: number): boolean {
    for (let word = 0; word < KEY_WORDS; word += 1) if (this.words[slot * KEY_WORDS + word] !== 0) return false;
    return true;
  }

  private isAt(slot: number, key: Uint32Array): boolean {
    for (let word = 0; word < KEY_WORDS; word += 1) if (this.words[slot * KEY_WORDS + word] !== key[word]) return false;
    return true;
  }
}
