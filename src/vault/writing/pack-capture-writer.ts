import type { Backend } from '../backend/backend.js';
import { sourceOf } from '../backend/object-source.js';
import { RENEW_LEASE_MS } from '../catalogue/catalogue.js';
import type { CaptureLease, Catalogue } from '../catalogue/catalogue.js';
import type { Holding } from '../catalogue/catalogue-records.js';
import { PackUses } from '../catalogue/pack-uses.js';
import { RelyingChunks } from './relying-chunks.js';
import { confirmStored } from './confirm-stored.js';
import { SnapshotLock } from './snapshot-lock.js';
import type { ChunkerSettings } from '../chunking/chunker-settings.js';
import { ChunkIdSet, ID_BYTES } from '../chunking/chunk-id-set.js';
import type { DataKey } from '../keys/data-key.js';
import type { ManifestDraft } from '../manifests/manifest-draft.js';
import type { ManifestEntry } from '../manifests/manifest.js';
import type { ContentRef } from '../manifests/content-ref.js';
import { manifestKey, packKey } from '../format/object-keys.js';
import type { ThreadFile } from '../threads/thread-file.js';
import { type OpenSource, PackingLanes, type SealedPack } from '../packing/packing-lanes.js';
import { GivenContents } from './given-contents.js';
import type { AddedContent, CaptureOutcome, CaptureWriter, EntryLines, PublishReport } from '../vault.js';
import { toRow } from '../packs/index-rows.js';

export interface PackCaptureParts {
  backend: Backend;
  catalogue: Catalogue;
  lease: CaptureLease;
  dataKey: DataKey;
  chunker: ChunkerSettings;
  draft: ManifestDraft;
  /** Everything this capture may hold in memory. */
  budgetBytes: number;
  lanes?: number;
}

/** A capture into a `PackVault`. */
export class PackCaptureWriter implements CaptureWriter {
  private readonly lanes: PackingLanes;
  private readonly given: GivenContents;
  /** Chunks this capture has found or stored, and the packs they lie in. */
  private readonly known = new ChunkIdSet();
  private readonly packs = new PackUses();
  private readonly relied: RelyingChunks;
  private readonly renewing: NodeJS.Timeout;
  private readonly total: AddedContent = { plainBytes: 0, packedBytes: 0 };
  private over = false;
  private lost: unknown;

  constructor(private readonly parts: PackCaptureParts) {
    this.lanes = new PackingLanes({
      dataKey: parts.dataKey,
      chunker: parts.chunker,
      budgetBytes: parts.budgetBytes,
      whichAreNew: (names) => this.whichAreNew(names),
      store: (pack) => this.storePack(pack),
      ...(parts.lanes === undefined ? {} : { lanes: parts.lanes }),
    });
    this.given = new GivenContents(this.lanes);
    this.relied = new RelyingChunks(parts.catalogue, parts.lease, this.known, (id, holding) => {
      if (this.known.addBytes(id)) this.packs.add(holding);
    });
    this.renewing = setInterval(() => void this.renew(), RENEW_LEASE_MS);
    this.renewing.unref();
  }

  get added(): AddedContent {
    return { ...this.total };
  }

  store(source: AsyncIterable<Buffer>): Promise<ContentRef> {
    return this.given.store(this.asLongAsWanted(source));
  }

  open<S, Q, A>(file: ThreadFile<S>, onRead?: (bytes: number) => void): Promise<OpenSource<Q, A>> {
    this.refuseWhenOver();
    return this.lanes.open(file, onRead);
  }

  get sourcesAtOnce(): number {
    return this.lanes.plan.lanes;
  }

  async add(...entries: readonly ManifestEntry[]): Promise<void> {
    this.refuseWhenOver();
    for (const entry of entries) {
      if ('content' in entry) for (const { id } of entry.content.chunks) this.relied.add(Buffer.from(id, 'hex'));
    }
    await this.relied.room();
    await this.parts.draft.add(entries);
  }

  async addLines({ text, entries, chunks }: EntryLines): Promise<void> {
    this.refuseWhenOver();
    for (let at = 0; at < chunks.length; at += ID_BYTES) this.relied.add(chunks.subarray(at, at + ID_BYTES));
    await this.relied.room();
    await this.parts.draft.addLines(text, entries);
  }

  async publish(result?: CaptureOutcome): Promise<PublishReport> {
    this.refuseWhenOver();
    this.over = true;
    await this.lanes.flush();
    await this.relied.settle();
    const { backend, catalogue, lease, draft } = this.parts;
    const lock = SnapshotLock.of(backend, lease.project);
    await lock?.packs(catalogue, this.packIds());
    const object = await draft.finish(result && { ...result, contentBytes: this.total.packedBytes });
    const objectKey = manifestKey(lease.project, lease.snapshotId, lease.captureId);
    await backend.put(objectKey, object);
    await confirmStored(backend, objectKey, object.bytes);
    await lock?.manifest(objectKey);
    // From here on the snapshot exists.
    await catalogue.publish(lease, { objectKey, bytes: object.bytes }, this.packs);
    await this.end();
    const storedBytes = this.total.packedBytes + object.bytes;
    return { entries: draft.entries, storedBytes, lockedUntil: lock?.until ?? null };
  }

  async discard(): Promise<void> {
    this.over = true;
    await this.end();
    await this.parts.catalogue.endCapture(this.parts.lease);
  }

  private *packIds(): Generator<Buffer> {
    for (const { packId } of this.packs) yield packId;
  }

  private async end(): Promise<void> {
    clearInterval(this.renewing);
    await this.lanes.close();
    await this.parts.draft.dispose();
  }

  private async *asLongAsWanted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    this.refuseWhenOver();
    for await (const piece of source) {
      this.refuseWhenOver();
      yield piece;
    }
  }

  private async whichAreNew(names: readonly Buffer[]): Promise<number[]> {
    const unknown = names.flatMap((name, index) => (this.known.hasBytes(name) ? [] : [index]));
    const found = await this.parts.catalogue.packsHolding(
      this.parts.lease.project,
      unknown.map((index) => names[index]!),
    );
    return unknown.filter((index, nth) => {
      // Looked at again: the same chunk may stand twice among these, or have come from another lane meanwhile.
      if (!this.known.addBytes(names[index]!)) return false;
      const holding: Holding | null | undefined = found[nth];
      if (!holding) return true;
      this.packs.add(holding);
      return false;
    });
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
