import { hash } from 'node:crypto';
import type { FileEntry } from '../vault/manifests/manifest.js';

/** Numbers of 32 bits that a sum has: the halves of four of 64 bits, each with the lower one first. */
const WORDS = 8;
const BEYOND = 0x1_0000_0000;

/** The sum of hashes of entries, whatever order they come in. */
export class EntriesDigest {
  readonly words = new Uint32Array(WORDS);
  /** What was hashed last, as numbers. */
  private readonly last = new Uint32Array(WORDS);
  private readonly lastBytes = Buffer.from(this.last.buffer);

  /** `given`: what comes back from an entry, in an order of its own. */
  add(given: unknown): void {
    this.lastBytes.write(hash('sha256', JSON.stringify(given), 'hex'), 'hex');
    this.addAll(this.last);
  }

  /** Another sum, perhaps made on another thread. */
  addAll(words: Uint32Array): void {
    for (let at = 0; at < WORDS; at += 2) {
      const low = this.words[at]! + words[at]!;
      this.words[at] = low;
      this.words[at + 1] = this.words[at + 1]! + words[at + 1]! + (low >= BEYOND ? 1 : 0);
    }
  }
}

/** What comes back from a file. */
export function givenBackOf({ kind, path, mode, uid, gid, mtimeNs, sparse, content }: FileEntry): unknown {
  return [kind, path, mode, uid, gid, mtimeNs, sparse?.bytes, sparse?.runs, content.sha256];
}
