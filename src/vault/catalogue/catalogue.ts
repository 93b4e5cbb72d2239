import type {
  Holding,
  ManifestObject,
  ManifestRecord,
  NewManifest,
  NewPack,
  PackRecord,
  PackUse,
  PackedChunk,
  PackObject,
  ManifestNeeds,
} from './catalogue-records.js';
import type { CollectionSession } from './collection-session.js';

/** Bytes of a chunk's or a pack's id. */
export const ID_BYTES = 32;

/** A capture that gave no sign of life for so long has lost its lease (milliseconds). */
export const LEASE_MS = 10 * 60_000;

/** How often a capture should renew its lease (milliseconds): many times before it runs out. */
export const RENEW_LEASE_MS = 15_000;

export interface ChunkLocation extends Omit<PackedChunk, 'id'> {
  packId: Buffer;
  keyId: string;
}

/** A capture under way: the right to add packs and to publish one snapshot. Nothing but the catalogue makes one. */
export interface CaptureLease {
  project: string;
  /** A UUID, never used twice. It is part of the manifest's object key: see `NewManifest`. */
  captureId: string;
  snapshotId: string;
  /** Rises with every lease given. */
  epoch: number;
}

/** The right to fill a project's catalogue anew. */
export interface Rebuild {
  project: string;
  rebuildId: string;
}

/** Finds chunks to read. */
export interface ChunkLocator {
  /**
   * Where the chunks of published snapshots lie: an answer for each id, in the order asked, null for what is not
   * in the catalogue. Batches of a few thousand are fastest.
   *
   * A location does not stay true for ever: a collection moves chunks out of packs that are mostly dead. Whoever
   * finds that the pack's object is gone asks once more, past any cache, before calling the chunk lost.
   */
  locate(project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]>;
}

/** Until when packs are known to be locked: each lock is a request, and most packs are needed by many snapshots. */
export interface KnownLocks {
  /** Those among these packs that are not known to be locked until then. */
  packsToLock(project: string, packIds: readonly Buffer[], until: Date): Promise<Buffer[]>;

  /** Says that the objects of these packs are locked until then. */
  noteLocked(project: string, packIds: readonly Buffer[], until: Date): Promise<void>;
}

/**
 * Which chunks lie in which packs, which packs are in use, which snapshots are published, which captures are under
 * way: all that the vault knows beside its objects. Objects come first and go last: a pack is durable before
 * `addPack()`, a manifest before `publish()`, and what has no row is not part of the vault. Everything
 * belongs to a project (a UUID); nothing is found across projects.
 *
 * All methods may be called at any time, by any number of processes; those that change something are
 * one transaction. Each may also reject with an error of the database; then it may have happened or not.
 */
export interface Catalogue extends ChunkLocator, KnownLocks {
  /**
   * A pack for each chunk, in the order asked, that a capture may rely on instead of storing the chunk again: a live one, or
   * a condemned one that a published snapshot needs, which is as good; null where there is none. It stays for as long as
   * the caller holds the lease under which it asked, and for good when it is named to `publish()`.
   */
  packsHolding(project: string, ids: readonly Buffer[]): Promise<(Holding | null)[]>;

  /**
   * Records a pack whose object is durable. Repeating it is fine, and so are two captures that store the same chunk in
   * two packs. Rejects with `CatalogueError('lease-lost')`; the pack's object is then left to a collection, as
   * with `'pack-condemned'`, which only an id used before can meet.
   */
  addPack(lease: CaptureLease, pack: NewPack, chunks: readonly PackedChunk[]): Promise<void>;

  /**
   * Begins a capture. An earlier attempt at the same snapshot loses its lease. Rejects with
   * `CatalogueError('rebuilding')`.
   */
  beginCapture(project: string, snapshotId: string): Promise<CaptureLease>;

  /**
   * Says that the capture is alive; call it every `RENEW_LEASE_MS`. Time is measured by the database's clock alone.
   * Rejects with `CatalogueError('lease-lost')`: the capture cannot publish any more and may stop.
   */
  renewCapture(lease: CaptureLease): Promise<void>;

  /** Gives the lease up without publishing. What it stored is left to a collection. Ending twice is fine. */
  endCapture(lease: CaptureLease): Promise<void>;

  /**
   * Publishes a snapshot and ends the lease, in one transaction. `uses` names the packs of every chunk its manifest
   * names, found or added; naming one twice is fine. Each is locked, so that no collection can condemn it meanwhile; one
   * that was condemned since it was found is taken back. They are written down as what the manifest needs: while it is published
   * none of them is condemned. A manifest published before under the same snapshot id is replaced; its object is left to a
   * collection.
   *
   * Rejects with `CatalogueError('lease-lost')`, and with `'pack-missing'` or `'pack-condemned'` when a pack is not in the
   * catalogue or is being deleted. After a lost connection `findManifest()` tells whether it happened.
   */
  publish(lease: CaptureLease, manifest: NewManifest, uses: Iterable<PackUse>): Promise<void>;

  /**
   * Takes a snapshot's manifest back and says which object held it, or null when it was not published. The caller
   * then deletes that object; if it cannot, a collection will. See `deleteSnapshot()`. During a rebuild only that rebuild
   * may, which says so; others are rejected with `CatalogueError('rebuilding')`.
   */
  unpublish(project: string, snapshotId: string, rebuild?: Rebuild): Promise<string | null>;

  findManifest(project: string, snapshotId: string): Promise<ManifestRecord | null>;

  /** Every published manifest of a project, by snapshot id, in bounded memory. */
  manifestsOf(project: string): AsyncIterable<ManifestRecord>;

  /** Every pack of a project in the order in which they were added, in bounded memory. */
  packsOf(project: string): AsyncIterable<PackRecord>;

  /** The chunks the catalogue knows in one pack, by offset. */
  chunksOf(project: string, packId: Buffer): Promise<PackedChunk[]>;

  /** One pack as it is now; null when there is no row. */
  findPack(project: string, packId: Buffer): Promise<PackRecord | null>;

  /** As in `CollectionSession`, beside collections: what it says may have changed when it is heard. */
  unknownPacksAmong(project: string, packs: readonly PackObject[]): Promise<PackObject[]>;

  /** Those among these manifests that are not published and whose capture is over; beside collections. */
  orphansAmong(project: string, objects: readonly ManifestObject[]): Promise<ManifestObject[]>;

  /** Rows of chunks whose pack has no row: nothing writes such, a damaged database may hold some. */
  countStrayChunks(project: string): Promise<number>;

  /**
   * Forgets that chunks lie in a pack, for a repair that has found them unreadable there: captures then store them again, and
   * readers are sent to another pack that holds them. The object stays. What the manifests need that name the pack is not known
   * any more then: the next collection reads them.
   */
  forgetChunks(project: string, packId: Buffer, ids: readonly Buffer[]): Promise<void>;

  /** Every project the catalogue has rows of, sorted. */
  projects(): AsyncIterable<string>;

  /** Whether a rebuild was begun and has not ended, so that the rows are not all there. */
  isBeingRebuilt(project: string): Promise<boolean>;

  /**
   * How many rebuilds were begun so far. Whoever hears the same number before and after, and that none is under way, has
   * seen rows that were all there.
   */
  countRebuilds(project: string): Promise<number>;

  /**
   * Those among these chunks of a published manifest that lie in none of the packs it is said to need; none when the next collection
   * reads it anyway.
   */
  unsecured(project: string, objectKey: string, ids: readonly Buffer[]): Promise<Buffer[]>;

  /**
   * A published manifest, and the packs in which every chunk lies that it names, all of them there at this moment: a collection may
   * replace some by copies, and delete them, as soon as this is heard. Null when it is not published.
   */
  needsOf(project: string, snapshotId: string): Promise<ManifestNeeds | null>;

  /**
   * The right to collect a project's garbage, of which there is one at a time. Rejects with
   * `CatalogueError('collection-running' | 'rebuilding')`. Whoever opens one closes it.
   */
  openCollection(project: string): Promise<CollectionSession>;

  /**
   * Forgets all packs and chunks of a project, to be filled again with `restorePack()` from what the objects say, and then ended with
   * `endRebuild()`. What is published stays published until `restoreManifest()` replaces or `unpublish()` removes it, so that
   * whoever begins again knows it. Until the end captures and collections of the project are refused; those under
   * way lose their lease. Beginning again after a crash is how to go on. Rejects with `CatalogueError('collection-running')`.
   */
  beginRebuild(project: string): Promise<Rebuild>;

  /** As `addPack()`, without a lease. Rejects with `CatalogueError('rebuilding')` when another rebuild has begun since. */
  restorePack(rebuild: Rebuild, pack: NewPack, chunks: readonly PackedChunk[]): Promise<void>;

  /**
   * Records a manifest; the last one of several for a snapshot wins. `uses` as for `publish()`; without them the next collection
   * reads the manifest. Rejects as `restorePack()` does.
   */
  restoreManifest(rebuild: Rebuild, snapshotId: string, manifest: NewManifest, uses?: Iterable<PackUse>): Promise<void>;

  /** Every pack and manifest is restored: what has no row now is garbage. Rejects as `restorePack()` does. */
  endRebuild(rebuild: Rebuild): Promise<void>;
}
