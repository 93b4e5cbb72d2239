import { createHash } from 'node:crypto';
import type { ChunkReader } from '../reading/chunk-reader.js';
import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import type { ContentRef } from '../manifests/content-ref.js';
import { hashContent } from '../reading/read-content.js';
import { VaultError } from '../vault-error.js';

/** About 50 MB. */
const MOST = 500_000;

const EMPTY = createHash('sha256').digest('hex');

/** `wrong`: its chunks are whole and are not what the manifest says they are together. The error: they cannot be read. */
export type ContentVerdict = 'right' | 'wrong' | VaultError;

/**
 * What became of contents whose bytes were hashed, so that those which many snapshots share are read once. A verdict
 * is on the hash and on the names of the chunks, and holds wherever these are found. Remembers up to 500,000 right
 * ones, then begins anew; wrong ones, 50 to 100 bytes each, are never forgotten.
 */
export class CheckedContents {
  /** How often a content was met that would have to be read and was not chosen. */
  unread = 0;
  private right = new ChunkIdSet();
  private readonly wrong = new ChunkIdSet();
  private readonly underWay = new Map<string, Promise<ContentVerdict>>();

  /** `chosen` says by its SHA-256 whether a content is read; what shows without reading is always looked at. */
  constructor(private readonly chosen: (sha256: Buffer) => boolean) {}

  /** What can be said without reading: that it is wrong, that it has to be read, or nothing against it. */
  look(content: ContentRef): 'fine' | 'wrong' | 'to-read' {
    const { sha256, chunks } = content;
    // A single chunk is what its name says, or its pack is damaged.
    if (chunks.length <= 1) return sha256 === (chunks[0]?.id ?? EMPTY) ? 'fine' : 'wrong';
    const name = nameOf(content);
    if (this.wrong.has(name)) return 'wrong';
    if (this.right.has(name)) return 'fine';
    if (this.chosen(Buffer.from(sha256, 'hex'))) return 'to-read';
    this.unread += 1;
    return 'fine';
  }

  /** Reads a content and compares. Rejects as the stores do when they cannot answer, and with the signal's reason. */
  examine(reader: ChunkReader, content: ContentRef, signal: AbortSignal): Promise<ContentVerdict> {
    const name = nameOf(content);
    const known = this.underWay.get(name);
    if (known !== undefined) return known;
    const examined = this.read(reader, content, signal)
      .then((verdict) => this.remember(name, verdict))
      .finally(() => this.underWay.delete(name));
    this.underWay.set(name, examined);
    return examined;
  }

  private async read(reader: ChunkReader, content: ContentRef, signal: AbortSignal): Promise<ContentVerdict> {
    try {
      const { bytes, sha256 } = await hashContent(reader, content, signal);
      return bytes === content.bytes && sha256 === content.sha256 ? 'right' : 'wrong';
    } catch (error) {
      if (error instanceof VaultError) return error;
      throw error;
    }
  }

  private remember(name: string, verdict: ContentVerdict): ContentVerdict {
    if (verdict === 'wrong') this.wrong.add(name);
    if (verdict !== 'right') return verdict;
    if (this.right.size >= MOST) this.right = new ChunkIdSet();
    this.right.add(name);
    return verdict;
  }
}

/** Of what is said about it and of all its chunks, as 64 hexadecimal digits. */
function nameOf({ sha256, bytes, chunks }: ContentRef): string {
  const name = createHash('sha256').update(`${sha256} ${bytes}`);
  for (const { id } of chunks) name.update(id);
  return name.digest('hex');
}
