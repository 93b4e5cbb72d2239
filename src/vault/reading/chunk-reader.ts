import type { Backend } from '../backend/backend.js';
import { BackendError } from '../backend/backend-error.js';
import { BatchedLocator } from '../catalogue/locating/batched-locator.js';
import { CachedCatalogue } from '../catalogue/locating/cached-catalogue.js';
import type { ChunkLocator } from '../catalogue/catalogue.js';
import type { DataKey } from '../keys/data-key.js';
import type { ChunkRef, ContentRef } from '../manifests/content-ref.js';
import { packKey } from '../format/object-keys.js';
import { openFrame } from '../packs/frame.js';
import { PackError } from '../packs/pack-error.js';
import { HEADER_BYTES, type PackEntry, parsePackHeader } from '../packs/pack-format.js';
import { derivePackKeys, type PackKeys } from '../packs/pack-keys.js';
import { PackFiles } from './pack-files.js';
import { readParts } from './read-parts.js';
import { FrameOpener, type SealedFrame } from './frame-opener.js';
import type { ThreadFile } from '../threads/thread-file.js';
import { VaultError } from '../vault-error.js';
import { toEntry } from '../packs/index-rows.js';

/** Packs whose keys are kept. */
const KEPT_HEADERS = 256;

interface OpenPack {
  key: string;
  keys: PackKeys;
}

/** Where a chunk lies. */
interface Place {
  pack: OpenPack;
  entry: PackEntry;
}

/** Reads the chunks of one project from its packs, each checked against its name. */
export class ChunkReader {
  private readonly locator: CachedCatalogue;
  private readonly opener = new FrameOpener();
  private readonly packs = new Map<string, Promise<OpenPack>>();
  private readonly files: PackFiles;

  constructor(
    private readonly project: string,
    private readonly backend: Backend,
    catalogue: ChunkLocator,
    private readonly dataKey: DataKey,
  ) {
    this.locator = new CachedCatalogue(new BatchedLocator(catalogue));
    this.files = new PackFiles(backend);
  }

  /** The plain bytes. Throws `VaultError('chunk-missing' | 'chunk-damaged')`. */
  async read(chunk: ChunkRef): Promise<Buffer> {
    const [plain] = await this.readAll([chunk]);
    return plain!;
  }

  /** Many chunks in their order; they may share memory. Throws as `read()` does for the first that cannot be read. */
  async readAll(chunks: readonly ChunkRef[]): Promise<Buffer[]> {
    const plains = await this.readEach(chunks);
    return plains.map((plain) => {
      if (plain instanceof VaultError) throw plain;
      return plain;
    });
  }

  /** The same, with what `read()` throws in the place of those that are missing or damaged. */
  async readEach(chunks: readonly ChunkRef[]): Promise<(Buffer | VaultError)[]> {
    const ids = chunks.map(({ id }) => Buffer.from(id, 'hex'));
    const results: (Buffer | VaultError)[] = [];
    // One at a time: those that are not where they were said to be are few.
    for (const [index, plain] of (await this.readTogether(ids)).entries()) {
      results.push(plain ?? (await this.readAgain(chunks[index]!, ids[index]!)));
    }
    return results;
  }

  /** As `VaultReader.deliver()` says. */
  async deliver<S, W, A>(contents: readonly ContentRef[], taker: ThreadFile<S>, what: W): Promise<A> {
    const ids = contents.flatMap(({ chunks }) => chunks.map(({ id }) => Buffer.from(id, 'hex')));
    const places = await this.find(ids).catch(noneOf(ids));
    const keys = places.flatMap((place) => place?.pack.key ?? []);
    return this.files.using(keys, async (files) => {
      const elsewhere = places.map((place) => (place && !files.has(place.pack.key) ? place : null));
      const fetched = await this.fetch(elsewhere).catch(noneOf(ids));
      const frames = places.map((place, index) => {
        const fd = place && files.get(place.pack.key);
        return fd == null ? fetched[index]! : { keys: place!.pack.keys, entry: place!.entry, fd };
      });
      return this.opener.deliver(frames, contents, taker, what);
    });
  }

  /** Null for each that could not be read. */
  private async readTogether(ids: readonly Buffer[]): Promise<(Buffer | null)[]> {
    try {
      return await this.opener.open(await this.fetch(await this.find(ids)));
    } catch (error) {
      return noneOf(ids)(error);
    }
  }

  /** A collection has moved it since its place was looked up, or a repair has: looks again, past everything kept here. */
  private async readAgain(chunk: ChunkRef, id: Buffer): Promise<Buffer | VaultError> {
    await this.forget(id);
    try {
      const [sealed] = await this.fetch(await this.find([id]));
      if (!sealed) return new VaultError('chunk-missing', `The vault does not hold the chunk ${chunk.id}.`);
      return openFrame(sealed.keys, sealed.entry, sealed.frame);
    } catch (error) {
      return asDamage(chunk, error);
    }
  }

  private async forget(id: Buffer): Promise<void> {
    const [location] = await this.locator.locate(this.project, [id]);
    this.locator.forget(this.project, [id]);
    if (location) this.packs.delete(location.packId.toString('hex'));
  }

  /** Where they lie; null for those that the catalogue does not know. Rejects as `Backend.read` does. */
  private async find(ids: readonly Buffer[]): Promise<(Place | null)[]> {
    const locations = await this.locator.locate(this.project, ids);
    return await Promise.all(
      locations.map(async (location, index) => {
        if (location === null) return null;
        const pack = await this.pack(location.packId.toString('hex'));
        return { pack, entry: toEntry({ ...location, id: ids[index]! }) };
      }),
    );
  }

  /** As they lie there. Rejects as `Backend.read` does. */
  private async fetch(places: readonly (Place | null)[]): Promise<(SealedFrame | null)[]> {
    const wanted = places.filter((place) => place !== null);
    const parts = await readParts(
      this.backend,
      wanted.map(({ pack, entry }) => ({ key: pack.key, offset: entry.offset, bytes: entry.storedBytes })),
    );
    let next = 0;
    return places.map((place) => place && { keys: place.pack.keys, entry: place.entry, frame: parts[next++]! });
  }

  private pack(id: string): Promise<OpenPack> {
    const known = this.packs.get(id);
    if (known !== undefined) return known;
    const opening = this.openPack(id);
    opening.catch(() => this.packs.delete(id));
    this.packs.set(id, opening);
    if (this.packs.size > KEPT_HEADERS) {
      const oldest = this.packs.keys().next().value;
      if (oldest !== undefined) this.packs.delete(oldest);
    }
    return opening;
  }

  private async openPack(id: string): Promise<OpenPack> {
    const key = packKey(this.project, id);
    const header = await this.backend.read(key, { offset: 0, bytes: HEADER_BYTES });
    return { key, keys: derivePackKeys(this.dataKey, parsePackHeader(header)) };
  }
}

/** Errors that say nothing about the chunk are thrown again. */
function asDamage(chunk: ChunkRef, error: unknown): VaultError {
  if (isGone(error)) {
    return new VaultError('chunk-missing', `The pack that should hold the chunk ${chunk.id} is not in the vault.`, {
      cause: error,
    });
  }
  if (isDamage(error)) {
    return new VaultError('chunk-damaged', `The chunk ${chunk.id} cannot be read: ${error.message}`, {
      cause: error,
    });
  }
  throw error;
}

/** Null for each, when that is for whoever reads one by itself to explain. */
function noneOf(ids: readonly Buffer[]): (error: unknown) => null[] {
  return (error) => {
    if (!isGone(error) && !isDamage(error)) throw error;
    return ids.map(() => null);
  };
}

function isGone(error: unknown): boolean {
  return error instanceof BackendError && error.code === 'missing';
}

function isDamage(error: unknown): error is PackError | BackendError {
  return error instanceof PackError || (error instanceof BackendError && error.code === 'truncated');
}
