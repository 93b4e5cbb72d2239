import type { NewPack, PackedChunk, PackUse } from '../catalogue/catalogue-records.js';
import type {
  CollectionSession,
  ExaminedPack,
  LiveChunk,
  NamingManifest,
  PackFacts,
  Replacement,
  SparsePack,
} from '../catalogue/collection-session.js';
import { PackUses } from '../catalogue/pack-uses.js';
import type { ManifestStore } from './stores.js';

/** One chunk in one of the packs that are looked at. */
interface Place {
  pack: SparsePack;
  chunk: PackedChunk;
}

/** Chunks in memory: some 100 MB. */
const MOST_PLACES = 250_000;

export interface SparseSource {
  session: CollectionSession;
  project: string;
  manifests: ManifestStore;
  signal: AbortSignal;
}

/** Bits of the places that a manifest needs: 31 kB for each manifest at most. */
interface ReadManifest extends NamingManifest {
  needs: Uint8Array;
}

/**
 * What is needed of some sparse packs, chunk by chunk, found out by reading every manifest that names them. In memory are the
 * chunks of these packs, and a bit for each of them and each manifest.
 */
export class SparseReading {
  private readonly places: Place[] = [];
  private readonly byChunk = new Map<string, number[]>();
  private readonly read: ReadManifest[] = [];
  private readonly counted = new Map<SparsePack, { bytes: number; stored: number; chunks: number }>();
  private needed = new Uint8Array();

  private packs: readonly SparsePack[] = [];

  private constructor() {}

  /**
   * Reads the packs' chunks and the manifests. A pack that has too many chunks for this time is left out; a manifest that was taken
   * back meanwhile needs nothing. Rejects as the stores do, and with `signal.reason`.
   */
  static async of(packs: readonly SparsePack[], source: SparseSource): Promise<SparseReading> {
    const reading = new SparseReading();
    await reading.readPacks(packs, source);
    await reading.readManifests(source);
    return reading;
  }

  /** For the plan. A pack of which rows were lost is no case for a copy: what it holds is not known. */
  facts(): PackFacts[] {
    return this.packs
      .filter((pack) => this.counted.get(pack)!.stored === pack.chunkBytes)
      .map((pack) => {
        const { bytes: liveBytes, chunks: liveChunks } = this.counted.get(pack)!;
        const { id, bytes, chunkBytes } = pack;
        return { id, bytes, chunkBytes, liveBytes, liveChunks, state: 'live', beingCaptured: false };
      });
  }

  examined(): ExaminedPack[] {
    return this.packs.map((pack) => ({
      id: pack.id,
      liveBytes: this.counted.get(pack)!.bytes,
      manifests: pack.manifests,
    }));
  }

  /** The needed chunks of these packs, pack by pack in the order of their offset. */
  async *liveChunksOf(packIds: readonly Buffer[]): AsyncGenerator<LiveChunk[]> {
    const wanted = idSet(packIds);
    for (const pack of this.packs) {
      if (!wanted.has(pack.id.toString('latin1'))) continue;
      yield this.places.flatMap((place, index) =>
        place.pack === pack && has(this.needed, index) ? [{ ...place.chunk, packId: pack.id }] : [],
      );
    }
  }

  /** What becomes of the references when these packs were copied: of those of which nothing was left out. */
  replacementOf(
    packIds: readonly Buffer[],
    copies: readonly { pack: NewPack; chunks: readonly PackedChunk[] }[],
  ): Replacement {
    const copied = new Map<string, { packId: Buffer; storedBytes: number }>();
    for (const { pack, chunks } of copies) {
      for (const { id, storedBytes } of chunks) copied.set(id.toString('latin1'), { packId: pack.id, storedBytes });
    }
    const whole = idSet(packIds);
    for (const [index, { pack, chunk }] of this.places.entries()) {
      if (has(this.needed, index) && !copied.has(chunk.id.toString('latin1'))) whole.delete(pack.id.toString('latin1'));
    }
    const uses = new Map<string, readonly PackUse[]>();
    for (const { number, needs } of this.read) {
      const sum = new PackUses();
      const once = new Set<string>();
      for (const [index, { pack, chunk }] of this.places.entries()) {
        const id = chunk.id.toString('latin1');
        if (!has(needs, index) || !whole.has(pack.id.toString('latin1')) || once.has(id)) continue;
        once.add(id);
        sum.add(copied.get(id)!);
      }
      uses.set(number, [...sum]);
    }
    return { packIds: packIds.filter((id) => whole.has(id.toString('latin1'))), uses };
  }

  private async readPacks(packs: readonly SparsePack[], { session }: SparseSource): Promise<void> {
    const entered: SparsePack[] = [];
    for (const pack of packs) {
      const chunks = await session.chunksOf(pack.id);
      if (entered.length > 0 && this.places.length + chunks.length > MOST_PLACES) continue;
      this.enter(pack, chunks);
      entered.push(pack);
    }
    this.packs = entered;
    this.needed = new Uint8Array(Math.ceil(this.places.length / 8));
  }

  private async readManifests(source: SparseSource): Promise<void> {
    const numbers = [...new Set(this.packs.flatMap((pack) => pack.manifests))];
    for (const manifest of await source.session.manifestsNumbered(numbers)) {
      source.signal.throwIfAborted();
      const needs = await this.readOne(manifest, source);
      if (needs === undefined) continue;
      this.read.push({ ...manifest, needs });
      for (const [at, bits] of needs.entries()) this.needed[at]! |= bits;
    }
    for (const [index, { pack, chunk }] of this.places.entries()) {
      const sum = this.counted.get(pack)!;
      sum.stored += chunk.storedBytes;
      if (!has(this.needed, index)) continue;
      sum.bytes += chunk.storedBytes;
      sum.chunks += 1;
    }
  }

  private enter(pack: SparsePack, chunks: readonly PackedChunk[]): void {
    this.counted.set(pack, { bytes: 0, stored: 0, chunks: 0 });
    for (const chunk of chunks) {
      const index = this.places.push({ pack, chunk }) - 1;
      const key = chunk.id.toString('latin1');
      const same = this.byChunk.get(key);
      if (same === undefined) this.byChunk.set(key, [index]);
      else same.push(index);
    }
  }

  private async readOne(
    { number, objectKey }: NamingManifest,
    { session, project, manifests, signal }: SparseSource,
  ): Promise<Uint8Array | undefined> {
    const named = new Set(this.packs.filter((pack) => pack.manifests.includes(number)));
    const needs = new Uint8Array(this.needed.length);
    try {
      for await (const ids of manifests.liveChunks(project, objectKey, signal)) {
        signal.throwIfAborted();
        for (const id of ids) {
          for (const index of this.byChunk.get(id.toString('latin1')) ?? []) {
            if (named.has(this.places[index]!.pack)) needs[index >> 3]! |= 1 << (index & 7);
          }
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (await session.isPublished(objectKey)) throw error;
      return undefined;
    }
    return needs;
  }
}

function has(bits: Uint8Array, index: number): boolean {
  return (bits[index >> 3]! & (1 << (index & 7))) !== 0;
}

function idSet(ids: readonly Buffer[]): Set<string> {
  return new Set(ids.map((id) => id.toString('latin1')));
}
