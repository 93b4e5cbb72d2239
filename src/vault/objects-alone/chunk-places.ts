import type { ChunkLocation, ChunkLocator } from '../catalogue/catalogue.js';
import type { PackedChunk } from '../catalogue/catalogue-records.js';
import type { ChunkIdSet } from '../chunking/chunk-id-set.js';

interface Place extends Omit<PackedChunk, 'id'> {
  pack: number;
}

/**
 * Where wanted chunks lie, as packs' own indexes say it: the catalogue of whoever has none. About 50 bytes for each chunk. A chunk
 * may lie in several packs, of which one may be damaged: all its places are kept.
 */
export class ChunkPlaces {
  private readonly packs: Buffer[] = [];
  /** By slots of the set: the pack's number and one, 0 for none. */
  private readonly pack: Uint32Array;
  private readonly offset: Uint32Array;
  private readonly storedBytes: Uint32Array;
  private readonly plainBytes: Uint32Array;
  private readonly encoding: Uint8Array;
  /** Second ones and more, by slot; they are few. */
  private readonly others = new Map<number, Place[]>();
  /** The most places any chunk has. */
  most = 0;

  /** Nothing is added to the set any more. */
  constructor(private readonly wanted: ChunkIdSet) {
    const { capacity } = wanted;
    this.pack = new Uint32Array(capacity);
    this.offset = new Uint32Array(capacity);
    this.storedBytes = new Uint32Array(capacity);
    this.plainBytes = new Uint32Array(capacity);
    this.encoding = new Uint8Array(capacity);
  }

  /** Takes note of those of a pack's chunks that are wanted. */
  add(packId: Buffer, chunks: readonly PackedChunk[]): void {
    const pack = this.packs.push(packId) - 1;
    for (const { id, offset, storedBytes, plainBytes, encoding } of chunks) {
      const slot = this.wanted.slotOf(id);
      if (slot === -1) continue;
      if (this.pack[slot] !== 0) {
        const others = this.others.get(slot) ?? [];
        others.push({ pack, offset, storedBytes, plainBytes, encoding });
        this.others.set(slot, others);
        this.most = Math.max(this.most, others.length + 1);
        continue;
      }
      this.pack[slot] = pack + 1;
      this.offset[slot] = offset;
      this.storedBytes[slot] = storedBytes;
      this.plainBytes[slot] = plainBytes;
      this.encoding[slot] = encoding;
      this.most = Math.max(this.most, 1);
    }
  }

  /** Finds the nth place, from 0, of each chunk. */
  nth(nth: number): ChunkLocator {
    return { locate: async (_project, ids) => ids.map((id) => this.find(id, nth)) };
  }

  private find(id: Buffer, nth: number): ChunkLocation | null {
    const slot = this.wanted.slotOf(id);
    if (slot === -1 || this.pack[slot] === 0) return null;
    const place = nth === 0 ? this.first(slot) : this.others.get(slot)?.[nth - 1];
    if (place === undefined) return null;
    const { pack, ...where } = place;
    // Which key it is sealed with is said by the pack itself.
    return { ...where, packId: this.packs[pack]!, keyId: '' };
  }

  private first(slot: number): Place {
    return {
      pack: this.pack[slot]! - 1,
      offset: this.offset[slot]!,
      storedBytes: this.storedBytes[slot]!,
      plainBytes: this.plainBytes[slot]!,
      encoding: this.encoding[slot]!,
    };
  }
}
