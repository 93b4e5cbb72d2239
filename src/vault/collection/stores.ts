import type { NewPack, PackedChunk } from '../catalogue/catalogue-records.js';
import type { LiveChunk, LockedPack } from '../catalogue/collection-session.js';
import type { ManifestObject, PackObject } from '../catalogue/catalogue-records.js';

/** What a collection needs of the store that holds a project's packs. */
export interface PackStore {
  /** Every pack object, in batches of up to some thousands; those stored meanwhile may be missing. */
  listPacks(project: string, signal: AbortSignal): AsyncIterable<readonly PackObject[]>;

  /** Removes pack objects, durably, but for those that are locked, which it says. What is not there is no error. */
  deletePacks(project: string, ids: readonly Buffer[]): Promise<readonly LockedPack[]>;

  /**
   * Copies chunks out of their packs into new ones under new ids, as many to a pack as it likes, and yields each new pack
   * once it is durable. Chunks come in batches of one pack each, in the order of their offset. It makes sure that they are
   * whole, and may leave out those that are not: the pack of a chunk that was left out stays.
   */
  rewrite(
    project: string,
    chunks: AsyncIterable<readonly LiveChunk[]>,
    signal: AbortSignal,
  ): AsyncIterable<{ pack: NewPack; chunks: readonly PackedChunk[] }>;
}

/** What a collection needs of the manifests of a project. */
export interface ManifestStore {
  /** Every manifest object, and what is left of those that are gone, in batches of up to some thousands; those stored meanwhile may be missing. */
  listManifests(project: string, signal: AbortSignal): AsyncIterable<readonly ManifestObject[]>;

  /**
   * The ids of all chunks a manifest needs, in batches of some thousands; an id may come more than once. Has to
   * throw when the manifest is missing, cut off or altered, at the latest where the iteration would have ended.
   */
  liveChunks(project: string, objectKey: string, signal: AbortSignal): AsyncIterable<readonly Buffer[]>;

  /** Removes manifest objects with all that was made of them, durably. What is not there is no error; resolves to those that are locked. */
  deleteManifests(project: string, objectKeys: readonly string[]): Promise<readonly string[]>;
}
