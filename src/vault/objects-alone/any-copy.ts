import type { Backend } from '../backend/backend.js';
import { ChunkReader } from '../reading/chunk-reader.js';
import type { DataKey } from '../keys/data-key.js';
import type { ChunkRef } from '../manifests/content-ref.js';
import type { Chunks } from '../reading/read-content.js';
import { VaultError } from '../vault-error.js';
import type { ChunkPlaces } from './chunk-places.js';

/** Reads chunks of one project from whichever of their places is whole. */
export class AnyCopy implements Chunks {
  private readonly readers: ChunkReader[];

  constructor(project: string, backend: Backend, dataKey: DataKey, places: ChunkPlaces) {
    const copies = Array.from({ length: Math.max(1, places.most) }, (_, nth) => places.nth(nth));
    this.readers = copies.map((locator) => new ChunkReader(project, backend, locator, dataKey));
  }

  async read(chunk: ChunkRef): Promise<Buffer> {
    const [plain] = await this.readAll([chunk]);
    return plain!;
  }

  /** Throws what the first of its copies threw for the first chunk of which none can be read. */
  async readAll(chunks: readonly ChunkRef[]): Promise<Buffer[]> {
    const [first, ...others] = this.readers;
    const plains: Buffer[] = [];
    for (const [index, plain] of (await first!.readEach(chunks)).entries()) {
      plains.push(plain instanceof VaultError ? await readOther(others, chunks[index]!, plain) : plain);
    }
    return plains;
  }
}

async function readOther(others: readonly ChunkReader[], chunk: ChunkRef, failure: VaultError): Promise<Buffer> {
  for (const reader of others) {
    const [plain] = await reader.readEach([chunk]);
    if (plain instanceof Buffer) return plain;
  }
  throw failure;
}
