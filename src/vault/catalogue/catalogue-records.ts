/** Where a chunk lies in a pack. */
export interface PackedChunk {
  /** SHA-256 of the plain bytes, 32 bytes. */
  id: Buffer;
  /** From the start of the pack, bytes; a pack is smaller than 2 GiB. */
  offset: number;
  /** As it lies in the pack. */
  storedBytes: number;
  plainBytes: number;
  /** 0..255, as the pack's index says it; the catalogue does not know what it means. */
  encoding: number;
}

export interface NewPack {
  /** 32 bytes, never used twice in a project, not even for the same content. */
  id: Buffer;
  /** Of the whole object. */
  bytes: number;
  /** The key its chunks are sealed with. */
  keyId: string;
}

/**
 * `live`: captures may refer to it. `condemned`: nobody seems to need it; captures do not find it any more, one that
 * had found it before brings it back when it publishes. `deleting`: decided for ever; its object may be gone.
 */
export type PackState = 'live' | 'condemned' | 'deleting';

export interface PackRecord extends NewPack {
  state: PackState;
  condemnedAt: Date | null;
  createdAt: Date;
}

/** What a manifest needs of one pack. */
export interface PackUse {
  packId: Buffer;
  /** Distinct chunks, at most: what was stored and then not named counts too. */
  chunks: number;
  /** The same in bytes, as they lie in the pack. */
  bytes: number;
}

/** The pack in which a chunk was found. */
export interface Holding {
  packId: Buffer;
  /** Of the chunk, as it lies in the pack. */
  storedBytes: number;
}

export interface NewManifest {
  /**
   * The object that holds it. The key has to contain the lease's `captureId`, so that no two captures ever
   * write the same object: a collection deletes what a dead one has left, by its key.
   */
  objectKey: string;
  bytes: number;
}

export interface ManifestRecord extends NewManifest {
  snapshotId: string;
  publishedAt: Date;
}

/** An object that holds a manifest, published or not. */
export interface ManifestObject {
  objectKey: string;
  /** The snapshot it is an attempt at, as its key says. */
  snapshotId: string;
  /** The id of the capture that wrote it, as its key says. */
  captureId: string;
}

export interface PackObject {
  id: Buffer;
  bytes: number;
}

/** What a published manifest is said to need. */
export interface ManifestNeeds {
  manifest: ManifestRecord;
  /** Null as long as it is not known: the next collection reads it. */
  packs: readonly PackObject[] | null;
}
