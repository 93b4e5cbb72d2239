import type { Backend } from './backend/backend.js';
import { sourceOf } from './backend/object-source.js';
import type { ChunkLocator } from './catalogue/catalogue.js';
import type { NewPack, PackedChunk } from './catalogue/catalogue-records.js';
import type { LiveChunk, LockedPack } from './catalogue/collection-session.js';
import type { ManifestObject, PackObject } from './catalogue/catalogue-records.js';
import { chunkGroups } from './reading/chunk-groups.js';
import { ChunkReader } from './reading/chunk-reader.js';
import type { ManifestStore, PackStore } from './collection/stores.js';
import { readSealedManifest } from './manifests/read-sealed-manifest.js';
import {
  listingsPrefix,
  manifestKeyOf,
  manifestsPrefix,
  packKey,
  packsPrefix,
  withListing,
} from './format/object-keys.js';
import { confirmSame } from './writing/confirm-stored.js';
import { encodeBody } from './packs/chunk-body.js';
import { PackBuilder } from './packs/pack-builder.js';
import type { ProjectKeys } from './keys/project-keys.js';
import { toRow } from './packs/index-rows.js';

const LIST_BATCH = 1000;
const MARK_BATCH = 5000;
/** Rewritten packs are of the usual size; one is in memory at a time. */
const PACK_BYTES = 32 * 1024 * 1024;

/** A project's packs and manifests as a collection sees them. */
export class VaultObjects implements PackStore, ManifestStore {
  constructor(
    private readonly backend: Backend,
    private readonly locator: ChunkLocator,
    private readonly keys: ProjectKeys,
  ) {}

  async *listPacks(project: string, signal: AbortSignal): AsyncGenerator<readonly PackObject[]> {
    const prefix = packsPrefix(project);
    yield* inBatches(this.backend.list(prefix), LIST_BATCH, signal, ({ key, bytes }) => ({
      id: packIdOf(key),
      bytes,
    }));
  }

  async deletePacks(project: string, ids: readonly Buffer[]): Promise<LockedPack[]> {
    const locked = await this.backend.delete(ids.map((id) => packKey(project, id.toString('hex'))));
    return locked.map(({ key, until }) => ({ id: packIdOf(key), until }));
  }

  async *rewrite(
    project: string,
    chunks: AsyncIterable<readonly LiveChunk[]>,
    signal: AbortSignal,
  ): AsyncGenerator<{ pack: NewPack; chunks: readonly PackedChunk[] }> {
    const dataKey = await this.keys.of(project);
    const reader = new ChunkReader(project, this.backend, this.locator, dataKey);
    const memory = Buffer.allocUnsafeSlow(PACK_BYTES);
    let builder = new PackBuilder(dataKey, memory);
    for await (const batch of chunks) {
      for await (const { id, plain } of readWhole(reader, batch, signal)) {
        const body = encodeBody(plain);
        if (!builder.hasRoomFor(body.bytes.length)) {
          yield await this.store(project, builder, dataKey.id);
          builder = new PackBuilder(dataKey, memory);
        }
        builder.append(id, plain.length, body);
      }
    }
    if (builder.chunks > 0) yield await this.store(project, builder, dataKey.id);
  }

  async *listManifests(project: string, signal: AbortSignal): AsyncGenerator<readonly ManifestObject[]> {
    yield* inBatches(this.backend.list(manifestsPrefix(project)), LIST_BATCH, signal, ({ key }) => manifestAt(key));
    // A listing whose manifest is gone is found as that manifest.
    const listings = this.backend.list(listingsPrefix(project));
    yield* inBatches(listings, LIST_BATCH, signal, ({ key }) => manifestAt(manifestKeyOf(key)));
  }

  async *liveChunks(project: string, objectKey: string, signal: AbortSignal): AsyncGenerator<readonly Buffer[]> {
    const snapshotId = snapshotOf(objectKey);
    const lines = readSealedManifest(this.backend, await this.keys.of(project), snapshotId, objectKey);
    let batch: Buffer[] = [];
    for await (const line of lines) {
      if (!('content' in line)) continue;
      signal.throwIfAborted();
      for (const { id } of line.content.chunks) batch.push(Buffer.from(id, 'hex'));
      if (batch.length < MARK_BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  async deleteManifests(_project: string, objectKeys: readonly string[]): Promise<string[]> {
    const locked = await this.backend.delete(objectKeys.flatMap(withListing));
    return locked.map(({ key }) => key);
  }

  private async store(
    project: string,
    builder: PackBuilder,
    keyId: string,
  ): Promise<{ pack: NewPack; chunks: readonly PackedChunk[] }> {
    const { id, bytes, entries } = builder.finish();
    const key = packKey(project, id);
    await this.backend.put(key, sourceOf(bytes));
    // The packs these chunks were copied from will be deleted.
    await confirmSame(this.backend, key, id);
    const chunks = entries.map(toRow);
    return { pack: { id: Buffer.from(id, 'hex'), bytes: bytes.length, keyId }, chunks };
  }
}

function packIdOf(key: string): Buffer {
  return Buffer.from(key.slice(key.lastIndexOf('/') + 1), 'hex');
}

function manifestAt(objectKey: string): ManifestObject {
  return {
    objectKey,
    snapshotId: snapshotOf(objectKey),
    captureId: objectKey.slice(objectKey.lastIndexOf('/') + 1),
  };
}

function snapshotOf(objectKey: string): string {
  return objectKey.split('/').at(-2) ?? '';
}

/** A chunk that is damaged is left where it is, for a repair to find: its pack stays with it. */
async function* readWhole(
  reader: ChunkReader,
  chunks: readonly LiveChunk[],
  signal: AbortSignal,
): AsyncGenerator<{ id: Buffer; plain: Buffer }> {
  for (const group of chunkGroups(chunks, ({ plainBytes }) => plainBytes)) {
    signal.throwIfAborted();
    const plains = await reader.readEach(
      group.map(({ id, plainBytes }) => ({ id: id.toString('hex'), bytes: plainBytes })),
    );
    for (const [index, plain] of plains.entries()) {
      if (plain instanceof Buffer) yield { id: group[index]!.id, plain };
    }
  }
}

async function* inBatches<T, R>(
  source: AsyncIterable<T>,
  size: number,
  signal: AbortSignal,
  map: (item: T) => R,
): AsyncGenerator<R[]> {
  let batch: R[] = [];
  for await (const item of source) {
    signal.throwIfAborted();
    batch.push(map(item));
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
