import { fileLine } from '../../../vault/manifests/file-line.js';
import type { FileEntry } from '../../../vault/manifests/manifest.js';
import { EntriesDigest, givenBackOf } from '../../entries-digest.js';
import { encodePath } from '../paths/encoded-path.js';
import type { KnownFiles } from '../reading/base-files.js';
import type { ScannedFile } from './scanned-entry.js';

/** Files that are the base's, as the lines of the new manifest: gathered on the thread that has found them, and not looked into again. */
export interface CarriedLines {
  text: Uint8Array<ArrayBuffer>;
  files: number;
  /** Their data. */
  bytes: number;
  /** Those of them that have several names. */
  hardLinks: number;
  /** Ids of their chunks, 32 bytes each. */
  chunks: Uint8Array<ArrayBuffer>;
  /** See `EntriesDigest`. */
  digest: Uint32Array<ArrayBuffer>;
}

export class CarriedLinesGathering {
  private readonly lines: string[] = [];
  private readonly chunks: string[] = [];
  private readonly digest = new EntriesDigest();
  private bytes = 0;
  private hardLinks = 0;

  constructor(private readonly known: Pick<KnownFiles, 'find'>) {}

  /** Whether the file is the base's. */
  take({ path: pathBytes, mode, uid, gid, mtimeNs, ctimeNs, inode, size, links }: ScannedFile): boolean {
    const path = encodePath(pathBytes);
    const state = { mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs), inode: String(inode) };
    const carried = this.known.find({ path, size, ...state });
    // What has holes is described where their places are known.
    if (!carried || carried.sparse) return false;
    const { content } = carried;
    const identity = { ctimeNs: state.ctimeNs, inode: state.inode };
    const entry: FileEntry = { kind: 'file', path, mode, uid, gid, mtimeNs: state.mtimeNs, identity, content };
    this.lines.push(fileLine(entry));
    for (const { id } of content.chunks) this.chunks.push(id);
    this.digest.add(givenBackOf(entry));
    this.bytes += content.bytes;
    if (links > 1) this.hardLinks += 1;
    return true;
  }

  result(): CarriedLines {
    const { bytes, hardLinks } = this;
    return {
      text: ownBytes(Buffer.from(this.lines.join(''))),
      files: this.lines.length,
      chunks: ownBytes(Buffer.from(this.chunks.join(''), 'hex')),
      digest: this.digest.words,
      ...{ bytes, hardLinks },
    };
  }
}

/** Memory of its own can go to another thread without being copied; small buffers share theirs. */
function ownBytes(bytes: Buffer<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.length === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}
