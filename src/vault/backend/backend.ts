/**
 * Where the vault keeps its objects: a directory or an S3 bucket. An object is a key and a number of
 * bytes, nothing else; what the bytes mean is the vault's business. What stands in these comments is
 * the contract: `test/conformance` holds every backend and every wrapper to it.
 *
 * Keys are `[a-z0-9._-]` in parts separated by single slashes, see `object-key.ts`. No key may be the
 * directory of another: whoever stores `a` does not store `a/b`.
 *
 * All methods may be called at any time, by any number of callers and processes. Every one of them may
 * reject (and the iterations throw) with `BackendError('denied' | 'unavailable')`, and with
 * `BackendError('invalid-key')` before anything is done; the other codes stand where they can occur. What is
 * rejected with 'unavailable' may have happened all the same, and may be asked again.
 */
export interface Backend {
  /**
   * Stores an object that is not there yet. Once this resolves, every process reads the same bytes, also
   * after a power cut; until then the object is visible whole or not at all, whatever happens to
   * the process. Storing the same bytes under the same key again is fine, which is how a put whose answer was lost
   * is repeated. A key that exists with another number of bytes rejects with `BackendError('exists')`
   * and stays as it is.
   *
   * Sameness is judged by the number of bytes alone: keys name their content, so two writers of one key
   * have the same. Were they to differ at the same length, one of the two is kept, whole.
   *
   * Rejects with `BackendError('disk-full')`, with what the source throws as it is, and with a `RangeError`
   * for a source that does not deliver the bytes it announced; nothing is stored then.
   */
  put(key: string, object: ObjectSource): Promise<void>;

  /**
   * Stores a small object, over the one that is there. Atomic and durable: readers see the old bytes or
   * the new ones. Of several at a time one wins. Rejects with `BackendError('disk-full')`.
   */
  replace(key: string, bytes: Buffer): Promise<void>;

  /**
   * The object, or `range.bytes` of it from `range.offset` on, in one buffer that belongs to the caller. Rejects with
   * `BackendError('missing')`, and with `BackendError('truncated')` when there is less than was asked
   * for: a buffer that is returned is never short. `RangeError` for a range that is no whole numbers ≥ 0.
   */
  read(key: string, range?: ByteRange): Promise<Buffer>;

  /**
   * The object as a file that is held open, for whoever reads many parts of it, on whatever thread; null where objects are no files, and
   * where what is read has to be known here. The caller closes it. Rejects with `BackendError('missing')`.
   */
  openFile(key: string): Promise<ObjectFile | null>;

  /**
   * The object's bytes in order from `offset` (default 0) on, in buffers of any size, in bounded memory. Throws
   * `BackendError('missing')`, and `BackendError('truncated')` instead of ending early or when the object ends before
   * `offset`. Leaving the loop early is fine. An object that is replaced meanwhile is read as it was or rejected.
   */
  stream(key: string, offset?: number): AsyncIterable<Buffer>;

  /** Size and time of an object; null when there is none. */
  stat(key: string): Promise<ObjectFacts | null>;

  /**
   * All objects whose key begins with `prefix` (which may end anywhere, also within a part) and, when
   * `after` is given, sorts after that key. Sorted by key, byte for byte; in bounded memory, whatever their number.
   * Complete: what is there during the whole iteration is yielded, once. What is stored or deleted
   * meanwhile may be. Objects of others, whose names are no keys, are left out.
   */
  list(prefix: string, after?: string): AsyncIterable<ListedObject>;

  /**
   * Removes objects, durably. What is not there is no error. What is locked stays, and is what this resolves to. When this rejects,
   * any of them may be gone; deleting again is fine.
   */
  delete(keys: readonly string[]): Promise<readonly LockedObject[]>;

  /** What keeps objects from being removed; null where nothing does. */
  readonly locks: ObjectLocks | null;

  /**
   * Removes what writers that were killed have left and no key shows, when it was last written to before `olderThan`, by the store's
   * own clock: temporary files, and the uploads of those keys that `isOurs` says yes to. Others may use the same bucket.
   * Resolves to how many there were. A writer that is alive after all fails with 'unavailable' and may write again.
   */
  removeUnfinished(olderThan: Date, isOurs: (key: string) => boolean): Promise<number>;
}

/**
 * Locks objects against everybody who has the store's credentials, until a date by the store's own clock. What is locked can still be
 * hidden by whoever has them, under something newer of the same key; it is there all the same.
 */
export interface ObjectLocks {
  /** For how many days whoever stores something here wants it locked. */
  readonly days: number;

  /**
   * Rejects with `BackendError('denied')`, and says what the store lacks, unless it can lock objects, and locks none by itself: what is
   * stored for a moment has to go again.
   */
  prove(): Promise<void>;

  /**
   * Once this resolves, the object as it is now cannot be removed before `until`. What is locked for longer stays so: a lock is never
   * shortened. Rejects with `BackendError('missing')`.
   */
  lock(key: string, until: Date): Promise<void>;

  /** Until when the object, as it is now, is locked, or was; null when it never was, and when there is none. */
  lockedUntil(key: string): Promise<Date | null>;
}

/** An object that could not be removed. */
export interface LockedObject {
  key: string;
  until: Date;
}

/** What is to be stored. */
export interface ObjectSource {
  /** How many bytes `open()` delivers. */
  bytes: number;
  /** The bytes, from the start, each time it is called: a retry sends them again. */
  open(): AsyncIterable<Buffer>;
}

export interface ByteRange {
  offset: number;
  bytes: number;
}

/** Reads of it may be short, as those of any file. */
export interface ObjectFile {
  fd: number;
  close(): Promise<void>;
}

export interface ObjectFacts {
  bytes: number;
  /** By the store's own clock; may be rounded down to whole seconds. */
  modifiedAt: Date;
}

export interface ListedObject extends ObjectFacts {
  key: string;
}
