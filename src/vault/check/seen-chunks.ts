import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import type { ChunkRef } from '../manifests/content-ref.js';

/** About 50 MB. */
const MOST = 500_000;

/**
 * Chunks that were found to be there, so that a thousand snapshots that share most of their content do not ask a thousand times. It
 * forgets everything when it is full: what is not remembered is asked again.
 */
export class SeenChunks {
  private chunks = new ChunkIdSet();

  add(ref: ChunkRef): void {
    if (this.chunks.size >= MOST) this.chunks = new ChunkIdSet();
    this.chunks.add(keyOf(ref));
  }

  has(ref: ChunkRef): boolean {
    return this.chunks.has(keyOf(ref));
  }
}

/** With the length in place of the last digits, so that a chunk that is there with another length is not taken for it. */
function keyOf({ id, bytes }: ChunkRef): string {
  return id.slice(0, 56) + bytes.toString(16).padStart(8, '0');
}
