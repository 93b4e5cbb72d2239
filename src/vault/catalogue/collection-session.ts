import type {
  Holding,
  ManifestRecord,
  NewPack,
  PackedChunk,
  PackState,
  PackUse,
  ManifestObject,
  PackObject,
} from './catalogue-records.js';

/** A pack whose object cannot be removed yet. */
export interface LockedPack {
  id: Buffer;
  until: Date;
}

/** What a collection needs to know of one pack. */
export interface PackFacts {
  id: Buffer;
  /** Of the object. */
  bytes: number;
  /** Of all chunks in it, as they are stored: the object without its index. */
  chunkBytes: number;
  /** Of these, what published snapshots need, by their manifests; 0 when none names the pack. */
  liveBytes: number;
  liveChunks: number;
  state: PackState;
  /** Whether the capture that wrote it is still under way. */
  beingCaptured: boolean;
}

/** A live pack of which perhaps little is needed: see `sparsePacks()`. */
export interface SparsePack {
  id: Buffer;
  bytes: number;
  chunkBytes: number;
  /** What the one manifest needs that needs most of it: all of them need at least that. */
  leastLiveBytes: number;
  /** What all manifests need at most. */
  mostLiveBytes: number;
  /** What they needed together when they were read last, if none of those read then has gone: it is no less now. */
  knownLiveBytes: number | null;
  /** Of the manifests that name it. */
  manifests: readonly string[];
}

/** A published manifest, by the number that it has as long as it is published. */
export interface NamingManifest {
  number: string;
  objectKey: string;
  bytes: number;
}

/** What was found out about a sparse pack by reading all manifests that named it. */
export interface ExaminedPack {
  id: Buffer;
  liveBytes: number;
  /** The numbers of these manifests. */
  manifests: readonly string[];
}

/** Packs of which everything that is needed was copied, and what the manifests need of the copies instead. */
export interface Replacement {
  packIds: readonly Buffer[];
  /** The manifests that were read, by number, and what each of them needs of the new packs. */
  uses: ReadonlyMap<string, readonly PackUse[]>;
}

/** A chunk to be copied out of its pack. */
export interface LiveChunk extends PackedChunk {
  packId: Buffer;
}

/**
 * One collection's way into the catalogue: the steps that `collect()` puts in order. What each of them does stays when the
 * session is closed or dies, and the next collection goes on from there. A session whose connection is lost can change
 * nothing any more.
 */
export interface CollectionSession {
  /** Ends the captures whose lease has run out; they can neither add packs nor publish any more. Says how many. */
  expireCaptures(): Promise<number>;

  /** Up to `limit` published manifests of which it is not known what they need, or which name a pack that is not there. */
  unsummarised(limit: number): Promise<ManifestRecord[]>;

  isPublished(objectKey: string): Promise<boolean>;

  findManifest(snapshotId: string): Promise<ManifestRecord | null>;

  /** From now on it is not known what any manifest needs: all of them are read. */
  doubtSummaries(): Promise<void>;

  /** A pack for each chunk that a published manifest names, live ones preferred; null where there is none. */
  packsHolding(ids: readonly Buffer[]): Promise<(Holding | null)[]>;

  /** Writes down what a published manifest needs; condemned packs among these are live again. Does nothing when it has gone. */
  summarise(objectKey: string, uses: Iterable<PackUse>): Promise<void>;

  /** Makes condemned packs live again that a published manifest names, and says how many. It waits for no capture. */
  reviveNeeded(): Promise<number>;

  countManifests(): Promise<number>;

  countPacks(): Promise<number>;

  /**
   * Up to `limit` packs that no published manifest names, and then such that are not live any more. None that is locked: its
   * object could not be removed, and as long as it is live a capture may still come to use it.
   */
  idlePacks(limit: number): Promise<PackFacts[]>;

  /**
   * Up to `limit` live packs of which no single manifest needs more than `most` (0 to 1) of its chunks' bytes, those of
   * which least is needed first. None that a capture under way has written, and none that is locked: copying gives nothing back.
   */
  sparsePacks(most: number, limit: number): Promise<SparsePack[]>;

  /** The manifests with these numbers that are still published. */
  manifestsNumbered(numbers: readonly string[]): Promise<NamingManifest[]>;

  /** The chunks the catalogue knows in one pack, by offset. */
  chunksOf(packId: Buffer): Promise<PackedChunk[]>;

  /** Remembers what sparse packs were found to hold, so that they need not be looked at again before something has gone. */
  noteExamined(examined: readonly ExaminedPack[]): Promise<void>;

  /** Records a pack of copied chunks whose object is durable. */
  addPack(pack: NewPack, chunks: readonly PackedChunk[]): Promise<void>;

  /**
   * Has the manifests name the copies instead of the packs they were made of, and condemns these; one transaction. Leaves a
   * pack as it is that another manifest has come to name meanwhile, and all of them while `unsummarised()` finds some.
   * Says how many packs were replaced.
   */
  replacePacks(replacement: Replacement): Promise<number>;

  /**
   * Condemns those of these live packs that no published manifest names, and records unknown ones as condemned; one transaction.
   * Does nothing while it is not known what some manifest needs, and says so with false.
   */
  condemn(packIds: readonly Buffer[], unknownPacks: readonly PackObject[]): Promise<boolean>;

  /**
   * Chooses the condemned packs about which `settle()` decides: those that no capture under way can have found before they
   * were condemned. `waiting` are the others.
   */
  chooseSettled(): Promise<{ chosen: number; waiting: number }>;

  /**
   * Decides about the chosen packs, one transaction: one that a published manifest names becomes live again, the others
   * are to be deleted. Null, and nothing done, while it is not known what some manifest needs.
   */
  settle(): Promise<{ revived: number; doomed: number } | null>;

  /**
   * Those among these manifests that are not published and never can be, because their capture is over. The objects have
   * to have been listed before this is called.
   */
  orphansAmong(objects: readonly ManifestObject[]): Promise<ManifestObject[]>;

  /** Those among these packs that the catalogue does not know. */
  unknownPacksAmong(packs: readonly PackObject[]): Promise<PackObject[]>;

  /** Whether the store was last listed so long ago (milliseconds), by the database's clock, or never. */
  isListingDue(afterMs: number): Promise<boolean>;

  /** Says that the store was listed, and what was found was dealt with. */
  noteListed(): Promise<void>;

  /** Up to `limit` packs that are to be deleted, also those an earlier collection did not get to, but for those that are locked. */
  nextDoomed(limit: number): Promise<PackObject[]>;

  /**
   * Says that these packs, which were to be deleted, are locked until then. They are left alone for some minutes at least: the
   * store's clock may not be the database's.
   */
  noteLocked(packs: readonly LockedPack[]): Promise<void>;

  /** Packs that nobody needs and that are locked. */
  countLocked(): Promise<number>;

  /** Forgets packs whose objects are gone; leaves those that are not to be deleted. */
  forget(packIds: readonly Buffer[]): Promise<void>;

  /** Never rejects. */
  close(): Promise<void>;
}
