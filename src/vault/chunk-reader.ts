import type { Backend } from './backend/backend.js';
import { BackendError } from './backend/backend-error.js';
import { BatchedLocator } from './catalogue/batched-locator.js';
import { CachedCatalogue } from './catalogue/cached-catalogue.js';
import type { ChunkLocation, ChunkLocator } from './catalogue/catalogue.js';
import type { DataKey } from './keys/data-key.js';
import type { ChunkRef } from './manifest.js';
import { packKey } from './object-keys.js';
import { PackBlocks } from './pack-blocks.js';
import { PackError } from './packs/pack-error.js';
import { HEADER_BYTES, parseHeader } from './packs/pack-format.js';
import { derivePackKeys } from './packs/pack-keys.js';
import type { PackKeys } from './packs/pack-keys.js';
import { FrameOpener } from './unsealing/frame-opener.js';
import { VaultError } from './vault-error.js';

const BLOCK_CACHE_BYTES = 32 * 1024 * 1024;
/** Packs whose keys are kept. */
const KEPT_HEADERS = 256;

/** Reads the chunks of one project from its packs, each checked against its name. */
export class ChunkReader {
  private readonly locator: CachedCatalogue;
  private readonly blocks: PackBlocks;
  private readonly opener = new FrameOpener();
  private readonly packs = new Map<string, Promise<{ keys: PackKeys; size: number }>>();

  constructor(
    private readonly project: string,
    private readonly backend: Backend,
    catalogue: ChunkLocator,
    private readonly dataKey: DataKey,
  ) {
    this.locator = new CachedCatalogue(new BatchedLocator(catalogue));
    this.blocks = new PackBlocks(backend, BLOCK_CACHE_BYTES);
  }

  /** The plain bytes. Throws `VaultError('chunk-missing' | 'chunk-damaged')`. */
  async read(chunk: ChunkRef): Promise<Buffer> {
    const id = Buffer.from(chunk.id, 'hex');
    try {
      return await this.readOnce(chunk, id);
    } catch (error) {
      if (!isGone(error) && !isDamage(error)) throw error;
    }
    // A collection has moved it since its place was looked up, or a repair has: look again, past everything kept here.
    await this.forget(id);
    try {
      return await this.readOnce(chunk, id);
    } catch (error) {
      throw this.asDamage(chunk, error);
    }
  }

  private async forget(id: Buffer): Promise<void> {
    const [location] = await this.locator.locate(this.project, [id]);
    this.locator.forget(this.project, [id]);
    if (!location) return;
    const packId = location.packId.toString('hex');
    this.packs.delete(packId);
    this.blocks.forget(packKey(this.project, packId));
  }

  private async readOnce(chunk: ChunkRef, id: Buffer): Promise<Buffer> {
    const [location] = await this.locator.locate(this.project, [id]);
    if (!location) throw new VaultError('chunk-missing', `The vault does not hold the chunk ${chunk.id}.`);
    const key = packKey(this.project, location.packId.toString('hex'));
    const { keys, size } = await this.pack(location);
    const frame = await this.blocks.read(key, size, location.offset, location.storedBytes);
    return await this.opener.open(keys, { ...location, id, encoding: location.encoding === 1 ? 'zstd' : 'raw' }, frame);
  }

  private pack({ packId }: ChunkLocation): Promise<{ keys: PackKeys; size: number }> {
    const id = packId.toString('hex');
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

  private async openPack(id: string): Promise<{ keys: PackKeys; size: number }> {
    const key = packKey(this.project, id);
    const facts = await this.backend.stat(key);
    if (facts === null) throw new BackendError('missing', `The pack ${id} is gone.`);
    const header = await this.blocks.read(key, facts.bytes, 0, HEADER_BYTES);
    return { keys: derivePackKeys(this.dataKey, parseHeader(header)), size: facts.bytes };
  }

  private asDamage(chunk: ChunkRef, error: unknown): unknown {
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
    return error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof BackendError && error.code === 'missing';
}

function isDamage(error: unknown): error is PackError | BackendError {
  return error instanceof PackError || (error instanceof BackendError && error.code === 'truncated');
}
