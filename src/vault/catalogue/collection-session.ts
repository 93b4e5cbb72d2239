import type { ChunkLocation, ManifestRecord, NewPack, PackedChunk, PackState } from './catalogue.js';

/** What a collection needs to know of one pack. */
export interface PackFacts {
  id: Buffer;
  /** Of the object. */
  bytes: number;
  /** Of all chunks in it, as they are stored: the object without its index. */
  chunkBytes: number;
  /** Of these, what is marked and not to be had from a better pack. */
  liveBytes: number;
  liveChunks: number;
  state: PackState;
  /** Whether the capture that wrote it is still under way. */
  beingCaptured: boolean;
}

/** An object that holds a manifest, published or not. */
export interface ManifestObject {
  objectKey: string;
  /** The id of the capture that wrote it, as its key says. */
  captureId: string;
}

export interface StoredPack {
  id: Buffer;
  bytes: number;
}

/** A chunk to be copied out of its pack. */
export interface LiveChunk extends ChunkLocation {
  id: Buffer;
}

/**
 * One collection's way into the catalogue: the steps that `collect()` puts in order. Its marks are gone when it is
 * closed or dies; what `condemn()` and the later steps do stays, and the next collection goes on from there. A session whose
 * connection is lost can change nothing any more.
 */
export interface CollectionSession {
  /** Ends the captures whose lease has run out; they can neither add packs nor publish any more. Says how many. */
  expireCaptures(): Promise<number>;

  /**
   * Those among these manifests that are not published and never can be, because their capture is over. The objects have
   * to have been listed before this is called.
   */
  orphansAmong(objects: readonly ManifestObject[]): Promise<ManifestObject[]>;

  /** Those among these packs that the catalogue does not know. */
  strangersAmong(packs: readonly StoredPack[]): Promise<StoredPack[]>;

  /** Up to `limit` published manifests that are not marked yet. */
  unmarked(limit: number): Promise<ManifestRecord[]>;

  isPublished(objectKey: string): Promise<boolean>;

  /** Marks chunks as needed; some thousands at a time are fastest. */
  mark(ids: readonly Buffer[]): Promise<void>;

  /** Says that all chunks of a manifest are marked. */
  manifestMarked(objectKey: string): Promise<void>;

  /**
   * Counts what is marked. A chunk that lies in several live packs counts in one of them only: in that with the most
   * marked bytes, in the newest of equals. So a pack with nothing live in it can go without loss.
   */
  packFacts(): Promise<PackFacts[]>;

  /** Marked chunks that lie in no pack of the catalogue. */
  countLost(): Promise<number>;

  /** The chunks that `packFacts()` counted as live in these packs, pack by pack in the order of their offset. */
  liveChunksOf(packIds: readonly Buffer[]): AsyncIterable<LiveChunk[]>;

  /** Records a pack of copied chunks whose object is durable. */
  addPack(pack: NewPack, chunks: readonly PackedChunk[]): Promise<void>;

  /** Condemns live packs, and records strangers as condemned; one transaction. */
  condemn(packIds: readonly Buffer[], strangers: readonly StoredPack[]): Promise<void>;

  /**
   * Chooses the condemned packs about which `settle()` decides: those that no capture under way can have found before they
   * were condemned. `waiting` are the others.
   */
  chooseSettled(): Promise<{ chosen: number; waiting: number }>;

  /**
   * Decides about the chosen packs, one transaction: a pack that holds a marked chunk which is in no live pack becomes
   * live again, the others are to be deleted.
   */
  settle(): Promise<{ revived: number; doomed: number }>;

  /** Up to `limit` packs that are to be deleted, also those an earlier collection did not get to. */
  nextDoomed(limit: number): Promise<StoredPack[]>;

  /** Forgets packs whose objects are gone; leaves those that are not to be deleted. */
  forget(packIds: readonly Buffer[]): Promise<void>;

  /** Never rejects. */
  close(): Promise<void>;
}
