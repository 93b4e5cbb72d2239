import { createHash } from 'node:crypto';
import type { Backend } from '../backend/backend.js';
import { sourceOf } from '../backend/object-source.js';
import { Budget } from './budget.js';
import { RENEW_LEASE_MS } from '../catalogue/catalogue.js';
import type { CaptureLease, Catalogue } from '../catalogue/catalogue.js';
import type { Holding } from '../catalogue/catalogue-records.js';
import { PackUses } from '../catalogue/pack-uses.js';
import { CarriedChunks } from './carried-chunks.js';
import { confirmStored } from './confirm-stored.js';
import { chunkStream } from '../chunking/chunk-stream.js';
import type { FastCdc } from '../chunking/fastcdc.js';
import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import type { DataKey } from '../keys/data-key.js';
import type { ManifestDraft } from '../manifests/manifest-draft.js';
import type { ManifestEntry } from '../manifests/manifest.js';
import type { ChunkRef, ContentRef } from '../manifests/content-ref.js';
import { manifestKey, packKey } from '../format/object-keys.js';
import { ChunkPipeline } from '../packing/chunk-pipeline.js';
import { shareBudget } from '../packing/divide-budget.js';
import type { HeldBatch, SealedPack } from '../packing/chunk-pipeline.js';
import { PieceBatcher } from './piece-batcher.js';
import { SizeHint } from '../size-hint.js';
import type { AddedContent, CaptureOutcome, CaptureWriter, PublishReport } from '../vault.js';
import { toRow } from '../packs/index-rows.js';

export interface PackCaptureParts {
  backend: Backend;
  catalogue: Catalogue;
  lease: CaptureLease;
  dataKey: DataKey;
  cdc: FastCdc;
  draft: ManifestDraft;
  /** Everything this capture may hold in memory. */
  budgetBytes: number;
  workers?: number;
}

/** A capture into a `PackVault`. */
export class PackCaptureWriter implements CaptureWriter {
  private readonly pipeline: ChunkPipeline;
  private readonly batcher: PieceBatcher;
  /** Chunks this capture has found or stored, and the packs they lie in. */
  private readonly known = new ChunkIdSet();
  private readonly packs = new PackUses();
  private readonly carried: CarriedChunks;
  private readonly renewing: NodeJS.Timeout;
  private readonly total: AddedContent = { plainBytes: 0, packedBytes: 0 };
  private over = false;
  private lost: unknown;

  constructor(private readonly parts: PackCaptureParts) {
    const { readingBytes, pipelineBytes } = shareBudget(parts.budgetBytes);
    this.pipeline = new ChunkPipeline({
      dataKey: parts.dataKey,
      maxChunkBytes: parts.cdc.maxBytes,
      budgetBytes: pipelineBytes,
      store: (pack) => this.storePack(pack),
      ...(parts.workers === undefined ? {} : { workers: parts.workers }),
    });
    this.carried = new CarriedChunks(parts.catalogue, parts.lease, (holding) => this.packs.add(holding));
    this.batcher = new PieceBatcher(new Budget(readingBytes), (pieces, taken) => this.nameAndEncode(pieces, taken));
    this.renewing = setInterval(() => void this.renew(), RENEW_LEASE_MS);
    this.renewing.unref();
  }

  get added(): AddedContent {
    return { ...this.total };
  }

  async store(source: AsyncIterable<Buffer>, size = SizeHint.none): Promise<ContentRef> {
    const chunks = chunkStream(source, this.parts.cdc);
    const most = this.parts.cdc.maxBytes;
    const whole = createHash('sha256');
    const ids: Promise<ChunkRef>[] = [];
    let bytes = 0;
    let failed: { reason: unknown } | undefined;
    try {
      for (;;) {
        this.refuseWhenOver();
        // Told at the next buffer: the stream's end may be far away, and there may be none.
        if (failed !== undefined) throw failed.reason;
        const read = await this.batcher.read(size.roomAfter(bytes, most), async () => {
          const next = await chunks.next();
          return next.done === true ? undefined : next.value;
        });
        if (read === undefined) break;
        const { length } = read.piece.bytes;
        // A single chunk will have the hash of the whole as its name; most contents are one.
        if (ids.length > 0 || !read.piece.isLast) whole.update(read.piece.bytes);
        bytes += length;
        const named = read.id.then((id) => ({ id: id.toString('hex'), bytes: length }));
        named.catch((reason: unknown) => (failed ??= { reason }));
        ids.push(named);
      }
    } catch (error) {
      await chunks.return(undefined).catch(() => undefined);
      await Promise.allSettled(ids);
      throw error;
    }
    const named = await Promise.all(ids);
    const sha256 = named.length === 1 && named[0] !== undefined ? named[0].id : whole.digest('hex');
    return { bytes, sha256, chunks: named };
  }

  async add(...entries: readonly ManifestEntry[]): Promise<void> {
    this.refuseWhenOver();
    for (const entry of entries) if ('content' in entry) this.rely(entry.content.chunks);
    await this.carried.room();
    await this.parts.draft.add(entries);
  }

  async publish(result?: CaptureOutcome): Promise<PublishReport> {
    this.refuseWhenOver();
    this.over = true;
    await this.batcher.flush();
    await this.pipeline.flush();
    await this.carried.flush();
    const { backend, catalogue, lease, draft } = this.parts;
    const object = await draft.finish(result && { ...result, contentBytes: this.total.packedBytes });
    const objectKey = manifestKey(lease.project, lease.snapshotId, lease.captureId);
    await backend.put(objectKey, object);
    await confirmStored(backend, objectKey, object.bytes);
    // From here on the snapshot exists.
    await catalogue.publish(lease, { objectKey, bytes: object.bytes }, this.packs);
    await this.end();
    return { entries: draft.entries, storedBytes: this.total.packedBytes + object.bytes };
  }

  async discard(): Promise<void> {
    this.over = true;
    await this.end();
    await this.parts.catalogue.endCapture(this.parts.lease);
  }

  private async end(): Promise<void> {
    clearInterval(this.renewing);
    await this.pipeline.close();
    await this.batcher.flush();
    await this.parts.draft.dispose();
  }

  /** Finds out which pieces are new, and has those encoded. Whoever stores them need not wait for that. */
  private async nameAndEncode(pieces: readonly Buffer[], taken: () => void): Promise<readonly Buffer[]> {
    const room = await this.pipeline.room(pieces.reduce((sum, piece) => sum + piece.length, 0));
    const batch = await room.hash(pieces);
    taken();
    try {
      const which = await this.newOnes(batch);
      // A failure of the pipeline is met by everything that follows, publish() at the latest.
      const encoded = which.length === 0 ? batch.release() : batch.encode(which);
      encoded.catch(() => undefined);
    } catch (error) {
      await batch.release();
      throw error;
    }
    return batch.ids;
  }

  private async newOnes({ ids }: HeldBatch): Promise<number[]> {
    const unknown = ids.flatMap((id, index) => (this.known.has(id.toString('hex')) ? [] : [index]));
    const found = await this.parts.catalogue.packsHolding(
      this.parts.lease.project,
      unknown.map((index) => ids[index]!),
    );
    return unknown.filter((index, nth) => {
      const id = ids[index]!.toString('hex');
      // Looked at again: the same chunk may stand twice in this batch, or have come with another one meanwhile.
      if (!this.known.add(id)) return false;
      const holding: Holding | null | undefined = found[nth];
      if (!holding) return true;
      this.packs.add(holding);
      return false;
    });
  }

  /** Chunks an entry names without this capture having stored them. */
  private rely(chunks: readonly ChunkRef[]): void {
    for (const { id } of chunks) {
      if (this.known.add(id)) this.carried.add(id);
    }
  }

  private async storePack(pack: SealedPack): Promise<void> {
    const { backend, catalogue, lease, dataKey } = this.parts;
    const { project } = lease;
    const key = packKey(project, pack.id);
    await backend.put(key, sourceOf(pack.bytes));
    await confirmStored(backend, key, pack.bytes.length);
    const id = Buffer.from(pack.id, 'hex');
    await catalogue.addPack(lease, { id, bytes: pack.bytes.length, keyId: dataKey.id }, pack.entries.map(toRow));
    const bytes = pack.entries.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    this.packs.addUse({ packId: id, chunks: pack.entries.length, bytes });
    this.total.packedBytes += pack.bytes.length;
    this.total.plainBytes += pack.entries.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
  }

  private async renew(): Promise<void> {
    await this.parts.catalogue.renewCapture(this.parts.lease).catch((error: unknown) => {
      // Without a connection there may be one again in time; publish() decides.
      if (error instanceof Error && 'code' in error && error.code === 'lease-lost') this.lost = error;
    });
  }

  private refuseWhenOver(): void {
    if (this.lost !== undefined) throw this.lost;
    if (this.over) throw new Error('The capture is over: it was published or discarded.');
  }
}
