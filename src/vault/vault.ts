import type { ManifestEntry, ManifestHeader, SnapshotOutcome } from './manifests/manifest.js';
import type { ByteRange } from './backend/backend.js';
import type { ContentRef } from './manifests/content-ref.js';
import type { ThreadFile } from './threads/thread-file.js';
import type { Listing } from './listing/listing.js';
import type { OpenSource } from './packing/packing-lanes.js';

/** What of a vault reads snapshots. */
export interface VaultReader {
  /**
   * The header of a published manifest. Rejects with `VaultError('manifest-missing' | 'manifest-damaged')`. It
   * reads no further than the header: whether the rest is whole, only `readEntries()` can tell.
   */
  readHeader(project: string, snapshotId: string): Promise<ManifestHeader>;

  /**
   * The entries of a published manifest, in the order in which they were written, in bounded memory.
   * A manifest that is cut off or altered throws `VaultError('manifest-damaged')`, at the latest
   * where the iteration would have ended; nobody may act on entries before that end is reached
   * without being able to undo it. One that is not there throws `VaultError('manifest-missing')`. While the project's
   * catalogue is being rebuilt nobody knows what is missing: then all that reads may throw `CatalogueError('rebuilding')`.
   */
  readEntries(project: string, snapshotId: string): AsyncIterable<ManifestEntry>;

  /** The same, some at a time, for whoever reads so many that waiting for each one alone would take longer than the work. */
  readEntryBatches(project: string, snapshotId: string): AsyncIterable<ManifestEntry[]>;

  /**
   * The bytes of a content, in order, each buffer checked against its name before it is handed out.
   * Throws `VaultError('chunk-missing' | 'chunk-damaged')`, at the latest where the iteration would have
   * ended; the buffers handed out before that belong to the content, but may not be all of it.
   */
  readContent(project: string, content: ContentRef): AsyncIterable<Buffer>;

  /**
   * Many small contents, each in one buffer, in their order: what they have in common is asked for once. All of them are in
   * memory together. The buffers are the caller's; they may share memory with each other, and with nothing else but
   * Node's pool. Rejects with what `readContent()` throws for the first that cannot be read.
   */
  readContents(project: string, contents: readonly ContentRef[]): Promise<Buffer[]>;

  /**
   * The same, and somebody takes them on the thread that opens them; resolves to what that answers. One that cannot be opened there is null,
   * and `readContent()` says why. Rejects as the taker does, and when the thread dies, perhaps in the middle of it.
   */
  deliver<S, W, A>(project: string, contents: readonly ContentRef[], taker: ThreadFile<S>, what: W): Promise<A>;
}

/**
 * The content-addressed store of captured data. Everything in it belongs to a project: content is
 * shared between the snapshots of one project and never between two, so that no tenant can learn
 * from timing or size what another one stores.
 *
 * Order of writing: content, then the manifest. What no published manifest refers to is garbage.
 */
export interface Vault extends VaultReader {
  /**
   * Starts a capture. Nothing it writes can be seen until `publish()`. Whoever starts one ends it, with
   * `publish()` or `discard()`. Rejects with `VaultError('vault-unwritable' | 'disk-full')`, as all that writes does.
   */
  beginCapture(project: string, header: Omit<ManifestHeader, 'kind' | 'format'>): Promise<CaptureWriter>;

  /**
   * The entries of a published manifest as the lines that they are there, some at a time, each with its newline: for `plainFileIn`, and
   * `parseEntry` for the others. Throws as `readEntries()` does, but for what the lines say.
   */
  readLines(project: string, snapshotId: string): AsyncIterable<Buffer[]>;

  /**
   * What is in a published manifest, in an order in which any part of it is found at once: for looking inside. It is made when it is first
   * asked for, which takes some seconds for a million files, and kept. Rejects with `VaultError('manifest-missing' | 'manifest-damaged')`, and
   * so does whatever reads of it.
   */
  openListing(project: string, snapshotId: string): Promise<Listing>;

  /**
   * The bytes of a part of a content, in order; a range that ends behind it ends with it. Each chunk is checked against its name, the content as
   * a whole is not. Throws as `readContent()` does.
   */
  readPart(project: string, content: ContentRef, range: ByteRange): AsyncIterable<Buffer>;

  /** The same vault for whoever wants to know what is stored now: nothing it reads comes from memory. */
  anew(): Vault;

  /** Makes a snapshot unreadable for ever. Deleting what is not there is no error. */
  deleteManifest(project: string, snapshotId: string): Promise<void>;

  /**
   * Removes the content that no published manifest of the project and no capture under way refers
   * to. Its work grows with what was deleted, not with what is stored. Safe beside captures; killed at any point it leaves every
   * published snapshot whole, and the next one goes on. Garbage that a capture under way might still come to need is left
   * to a later collection. When it is not known what a manifest needs and that cannot be read, it rejects with
   * `VaultError('manifest-damaged' | 'manifest-missing')`, without removing anything: restore or delete that one first.
   *
   * `thorough` also looks through the store for objects of which nobody knows, left by processes that were killed; that takes as long as
   * the store is large. Without it this is done when it was last done a day (23 hours) ago, by the database's clock.
   */
  collect(project: string, options: CollectVaultOptions): Promise<CollectReport>;

  /**
   * Rejects with `VaultError('vault-unwritable' | 'disk-full')` unless a small object can be written,
   * read back and removed.
   */
  probe(): Promise<void>;
}

/**
 * One capture's way into the vault. All methods may be called concurrently except the last two: `publish()`
 * is called when every `store()` and `add()` has resolved.
 */
export interface CaptureWriter {
  /**
   * Stores a stream and says how to find it again. The bytes are durable, also after a power cut, once
   * `publish()` resolves; before that nothing refers to them. Content the project already has is not
   * written a second time. An error of the source is thrown as it is. Any number may be asked for at a time: those
   * that have no turn yet wait before they read. So a source must not wait for what another one delivers.
   */
  store(source: AsyncIterable<Buffer>): Promise<ContentRef>;

  /**
   * Opens a source that reads contents by itself, on one of the vault's threads: what is much goes this way. Its contents are stored as
   * `store()` says. `onRead` is told of all bytes that it reads. Whoever opens it closes it.
   */
  open<S, Q, A>(file: ThreadFile<S>, onRead?: (bytes: number) => void): Promise<OpenSource<Q, A>>;

  /** So many sources of a kind have a thread each. */
  readonly sourcesAtOnce: number;

  /**
   * Adds entries to the manifest, in their order. Their content was stored by this capture, or is that of a published
   * snapshot which stays until this capture is over. Throws an `Error` for one that could not be read back, and
   * `VaultError('chunk-missing')` when some content carried over so far is not there; `publish()` does so at the latest.
   */
  add(...entries: readonly ManifestEntry[]): Promise<void>;

  /** The same for entries that are lines already. They are taken as they are: whoever made them answers for their being readable. */
  addLines(lines: EntryLines): Promise<void>;

  /** What this capture has added to the store so far. */
  readonly added: AddedContent;

  /**
   * Publishes the manifest, as the last and atomic step, after making sure that every chunk it
   * refers to is there. Publishing again under the same snapshot id replaces what an earlier
   * attempt, whose worker died, had published. Rejects with `VaultError('chunk-missing' | 'chunk-damaged')` when
   * a chunk is not there. When it rejects for another reason the manifest may be there all the same:
   * publish again under the same id, or delete it. `outcome` goes with it, for whoever finds the vault alone.
   */
  publish(outcome?: CaptureOutcome): Promise<PublishReport>;

  /**
   * Drops what was written and not published; the content itself is left to the next collection. Safe to
   * call at any time, also after `publish()`; a `store()` still under way rejects at its next buffer.
   */
  discard(): Promise<void>;
}

/** Entries of a manifest as text, and the chunks that they name. */
export interface EntryLines {
  /** Each line with its newline. */
  text: Buffer;
  entries: number;
  /** Their ids, 32 bytes each. */
  chunks: Buffer;
}

/** What whoever captures knows of it at the end. */
export type CaptureOutcome = Omit<SnapshotOutcome, 'contentBytes'>;

/** Content that was not there before: its plain bytes, and those of the packs it has become, compressed and encrypted. */
export interface AddedContent {
  plainBytes: number;
  packedBytes: number;
}

export interface PublishReport {
  entries: number;
  /** Content and manifest this capture has added, after compression. */
  storedBytes: number;
  /** Until when nobody can remove it from the store, nor anything it needs; null where the store does not lock. */
  lockedUntil: Date | null;
}

export interface CollectVaultOptions {
  signal: AbortSignal;
  thorough?: boolean;
}

export interface CollectReport {
  manifests: number;
  /** Whether the store was looked through. */
  thorough: boolean;
  /** Garbage that captures under way may still come to need, and a later collection removes: packs. */
  waitingPacks: number;
  /** Garbage that the store has locked, and a later collection removes: packs. */
  lockedPacks: number;
  removedObjects: number;
  /** As they were stored, compressed. */
  removedBytes: number;
}
