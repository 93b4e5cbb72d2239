import { MultisetHash, type MultisetKey, type MultisetParts, newMultisetKey } from '../../multiset-hash.js';
import { ENTRY_KINDS, kindOf, type ScannedEntry } from './scanned-entry.js';

/** What stands before the path: kind, mode, uid, gid, the path's length; mtime; and for a file ctime, inode, size and links. */
const FIXED_BYTES = 64;
/** As long as paths mostly are at the most; it grows for longer ones. */
const TEXT_BYTES = 8192;

/**
 * What some entries are, in any order: 128 bits that are others when one of them is another one. Of a file the kernel's own stamp of its
 * last change counts, which nobody can set; of a directory or a link the rest is all there is to it.
 */
export class Seal {
  private bytes = Buffer.alloc(FIXED_BYTES + TEXT_BYTES);
  private readonly hash: MultisetHash;

  /** Seals can be compared that have the same key. `parts`: what another thread has sealed. */
  constructor(
    readonly key: MultisetKey,
    parts?: MultisetParts,
  ) {
    this.hash = parts ? MultisetHash.of(key, parts) : new MultisetHash(key);
  }

  /** An empty one: with a key of its own, or that of a seal it will be compared with. */
  static new(like?: string): Seal {
    return new Seal(like === undefined ? newMultisetKey() : keyOf(like));
  }

  add(entry: ScannedEntry): void {
    this.hash.addItem(this.write(entry));
  }

  addAll(other: Seal): void {
    this.hash.add(other.hash);
  }

  /** To another thread, which knows the key. */
  parts(): MultisetParts {
    return this.hash.parts();
  }

  /** The key, how many entries there are, and their hash. */
  toString(): string {
    return `${this.key.join(',')}:${this.hash.digest()}`;
  }

  private write(entry: ScannedEntry): Buffer {
    const { path, mode, uid, gid, mtimeNs } = entry;
    const target = entry.kind === 'symlink' ? entry.target : undefined;
    const length = FIXED_BYTES + path.length + (target?.length ?? 0);
    if (length > this.bytes.length) this.bytes = Buffer.alloc(2 * length);
    const { bytes } = this;
    bytes.fill(0, 0, FIXED_BYTES);
    bytes.writeUInt32LE(ENTRY_KINDS.indexOf(kindOf(entry)), 0);
    bytes.writeUInt32LE(mode, 4);
    bytes.writeUInt32LE(uid, 8);
    bytes.writeUInt32LE(gid, 12);
    bytes.writeUInt32LE(path.length, 16);
    bytes.writeBigInt64LE(mtimeNs, 24);
    if (entry.kind === 'file') {
      bytes.writeBigInt64LE(entry.ctimeNs, 32);
      bytes.writeBigUInt64LE(entry.inode, 40);
      bytes.writeDoubleLE(entry.size, 48);
      bytes.writeUInt32LE(entry.links, 56);
    }
    path.copy(bytes, FIXED_BYTES);
    target?.copy(bytes, FIXED_BYTES + path.length);
    return bytes.subarray(0, length);
  }
}

/** Another one for what is none: it is like no seal then. */
function keyOf(seal: string): MultisetKey {
  const [a, b] = seal.slice(0, seal.indexOf(':')).split(',').map(Number);
  return Number.isInteger(a) && Number.isInteger(b) ? [a!, b!] : newMultisetKey();
}
