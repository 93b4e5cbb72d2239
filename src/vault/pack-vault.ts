import type { Backend, ByteRange } from './backend/backend.js';
import { sourceOf } from './backend/object-source.js';
import type { Catalogue } from './catalogue/catalogue.js';
import { beingRebuilt } from './catalogue/catalogue-error.js';
import { requireManifest } from './catalogue/require-manifest.js';
import { RebuildAwareLocator } from './catalogue/locating/rebuild-aware-locator.js';
import { RebuildWatch } from './catalogue/locating/rebuild-watch.js';
import { deleteSnapshot } from './collection/delete-snapshot.js';
import { collect } from './collection/collect.js';
import { removeUnfinished } from './collection/remove-unfinished.js';
import { ChunkReader } from './reading/chunk-reader.js';
import { openFormat } from './format/format-file.js';
import type { VaultFormat } from './format/format-file.js';
import type { MasterKey } from './keys/master-key.js';
import { proveMasterKey } from './keys/prove-master-key.js';
import { ManifestDraft } from './manifests/manifest-draft.js';
import type { ManifestLine } from './manifests/check-lines.js';
import { entriesOf, headerOf, readSealedBatches, readSealedLines } from './manifests/read-sealed-manifest.js';
import { MANIFEST_FORMAT } from './manifests/manifest.js';
import type { ManifestEntry, ManifestHeader } from './manifests/manifest.js';
import type { ContentRef } from './manifests/content-ref.js';
import { newProbeKey } from './format/object-keys.js';
import { PackCaptureWriter } from './writing/pack-capture-writer.js';
import { ProjectKeys } from './keys/project-keys.js';
import { DEFAULT_BUDGET_BYTES } from './packing/divide-budget.js';
import { proveStore } from './format/prove-store.js';
import type { Listing } from './listing/listing.js';
import { Listings } from './listing/listings.js';
import { readContent, readContents, readPart } from './reading/read-content.js';
import type { ThreadFile } from './threads/thread-file.js';
import { VaultError } from './vault-error.js';
import { VaultObjects } from './vault-objects.js';
import type { CaptureWriter, CollectReport, CollectVaultOptions, Vault } from './vault.js';

export interface PackVaultOptions {
  backend: Backend;
  catalogue: Catalogue;
  masterKey: MasterKey;
  /** What one capture may hold in memory. Default 256 MiB. */
  budgetBytes?: number;
  /** Threads of one capture; the machine's cores by default. */
  lanes?: number;
  /** Of a manifest that is no larger no listing is stored. Default 2 MiB. */
  smallManifestBytes?: number;
}

/** Projects whose packs are kept open for reading. */
const KEPT_READERS = 8;

/**
 * A vault of encrypted packs in any backend, with its catalogue in PostgreSQL. Project and snapshot ids are
 * lower-case UUIDs; others are a `TypeError`.
 */
export class PackVault implements Vault {
  private readonly keys: ProjectKeys;
  private readonly readers = new Map<string, Promise<ChunkReader>>();
  private readonly objects: VaultObjects;
  private readonly listings: Listings;
  private opened: Promise<VaultFormat> | undefined;

  constructor(private readonly options: PackVaultOptions) {
    this.keys = new ProjectKeys(options.backend, options.masterKey);
    this.objects = new VaultObjects(options.backend, options.catalogue, this.keys);
    this.listings = new Listings(options.backend, options.catalogue, this.keys, options.smallManifestBytes);
  }

  /**
   * Makes sure that the store can be relied on, reads the vault's format, or makes a new vault where there is nothing, and proves
   * that the master key is that of its projects. What writes does this by itself; whoever wants to know at once asks first. Rejects
   * with `VaultError('vault-unreadable' | 'vault-missing' | 'vault-too-old' | 'vault-too-new' | 'store-unsupported')`, with
   * `KeyError('wrong-master-key')`, and as the backend does.
   */
  async open(): Promise<void> {
    await this.format();
  }

  async beginCapture(project: string, header: Omit<ManifestHeader, 'kind' | 'format'>): Promise<CaptureWriter> {
    const { backend, catalogue, budgetBytes = DEFAULT_BUDGET_BYTES, lanes } = this.options;
    const { chunker } = await this.format();
    const dataKey = await this.keys.ofPerhapsNew(project);
    const lease = await catalogue.beginCapture(project, header.snapshotId);
    let draft: ManifestDraft | undefined;
    try {
      draft = await ManifestDraft.begin(dataKey, { ...header, kind: 'header', format: MANIFEST_FORMAT });
      return new PackCaptureWriter({
        backend,
        catalogue,
        lease,
        dataKey,
        chunker,
        draft,
        budgetBytes,
        ...(lanes === undefined ? {} : { lanes }),
      });
    } catch (error) {
      await draft?.dispose();
      await catalogue.endCapture(lease).catch(() => undefined);
      throw error;
    }
  }

  readHeader(project: string, snapshotId: string): Promise<ManifestHeader> {
    return headerOf(this.batches(project, snapshotId));
  }

  async *readEntries(project: string, snapshotId: string): AsyncGenerator<ManifestEntry> {
    for await (const entries of this.readEntryBatches(project, snapshotId)) yield* entries;
  }

  readEntryBatches(project: string, snapshotId: string): AsyncGenerator<ManifestEntry[]> {
    return entriesOf(this.batches(project, snapshotId));
  }

  readLines(project: string, snapshotId: string): AsyncGenerator<Buffer[]> {
    return this.linesOf(project, snapshotId, readSealedLines);
  }

  async openListing(project: string, snapshotId: string): Promise<Listing> {
    const watch = await RebuildWatch.begin(this.options.catalogue, project);
    try {
      return await this.listings.open(project, snapshotId);
    } catch (error) {
      if (error instanceof VaultError && (await watch.hasMet())) throw beingRebuilt(project);
      throw error;
    }
  }

  async *readContent(project: string, content: ContentRef): AsyncGenerator<Buffer> {
    yield* readContent(await this.reader(project), content);
  }

  async *readPart(project: string, content: ContentRef, range: ByteRange): AsyncGenerator<Buffer> {
    yield* readPart(await this.reader(project), content, range);
  }

  async readContents(project: string, contents: readonly ContentRef[]): Promise<Buffer[]> {
    return readContents(await this.reader(project), contents);
  }

  async deliver<S, W, A>(project: string, contents: readonly ContentRef[], taker: ThreadFile<S>, what: W): Promise<A> {
    return (await this.reader(project)).deliver(contents, taker, what);
  }

  anew(): Vault {
    return new PackVault(this.options);
  }

  async deleteManifest(project: string, snapshotId: string): Promise<void> {
    const { backend, catalogue } = this.options;
    await deleteSnapshot(backend, catalogue, project, snapshotId);
  }

  async collect(project: string, { signal, thorough: asked }: CollectVaultOptions): Promise<CollectReport> {
    const { catalogue } = this.options;
    const report = await collect(project, {
      catalogue,
      store: this.objects,
      manifests: this.objects,
      signal,
      thorough: asked ?? 'when-due',
    });
    const { manifests, thorough, waitingPacks, lockedPacks } = report;
    if (thorough) await removeUnfinished(this.options.backend);
    return {
      manifests,
      thorough,
      waitingPacks,
      lockedPacks,
      removedObjects: report.deletedPacks,
      removedBytes: report.deletedBytes - report.writtenBytes,
    };
  }

  async probe(): Promise<void> {
    const { backend } = this.options;
    await this.format();
    const key = newProbeKey();
    const bytes = Buffer.from(key);
    try {
      await backend.put(key, sourceOf(bytes));
      if (!(await backend.read(key)).equals(bytes)) throw new Error('The vault does not return what was stored.');
    } finally {
      await backend.delete([key]);
    }
  }

  private batches(project: string, snapshotId: string): AsyncGenerator<ManifestLine[]> {
    return this.linesOf(project, snapshotId, readSealedBatches);
  }

  private async *linesOf<L>(
    project: string,
    snapshotId: string,
    read: (...manifest: Parameters<typeof readSealedBatches>) => AsyncGenerator<L[]>,
  ): AsyncGenerator<L[]> {
    const { backend, catalogue } = this.options;
    const watch = await RebuildWatch.begin(catalogue, project);
    try {
      const { objectKey } = await requireManifest(catalogue, project, snapshotId);
      yield* read(backend, await this.keys.of(project), snapshotId, objectKey);
    } catch (error) {
      // Which object holds it was perhaps not known when it was asked for.
      if (error instanceof VaultError && (await watch.hasMet())) throw beingRebuilt(project);
      throw error;
    }
  }

  private async hasPublished(): Promise<boolean> {
    const { catalogue } = this.options;
    for await (const project of catalogue.projects()) {
      for await (const manifest of catalogue.manifestsOf(project)) return manifest.bytes >= 0;
    }
    return false;
  }

  private format(): Promise<VaultFormat> {
    if (this.opened === undefined) {
      const { backend, masterKey } = this.options;
      this.opened = proveStore(backend).then(async () => {
        const format = await openFormat(backend, () => this.hasPublished());
        await proveMasterKey(backend, masterKey);
        return format;
      });
      this.opened.catch(() => (this.opened = undefined));
    }
    return this.opened;
  }

  private reader(project: string): Promise<ChunkReader> {
    const known = this.readers.get(project);
    if (known !== undefined) return known;
    const { backend, catalogue } = this.options;
    const locator = new RebuildAwareLocator(catalogue);
    const reader = this.keys.of(project).then((key) => new ChunkReader(project, backend, locator, key));
    reader.catch(() => this.readers.delete(project));
    this.readers.set(project, reader);
    if (this.readers.size > KEPT_READERS) {
      const oldest = this.readers.keys().next().value;
      if (oldest !== undefined) this.readers.delete(oldest);
    }
    return reader;
  }
}
