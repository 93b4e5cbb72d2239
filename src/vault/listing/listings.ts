import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { requireManifest } from '../catalogue/require-manifest.js';
import type { ManifestRecord } from '../catalogue/catalogue-records.js';
import { listingKeyOf } from '../format/object-keys.js';
import type { DataKey } from '../keys/data-key.js';
import type { ProjectKeys } from '../keys/project-keys.js';
import { readSealedLines } from '../manifests/read-sealed-manifest.js';
import { SealedParts } from '../manifests/sealed-stream.js';
import { VaultError } from '../vault-error.js';
import { listingInMemory, storeListing } from './build-listing.js';
import { Listing } from './listing.js';

/** A manifest that is no larger, sealed, is read each time: some forty thousand files, some tenths of a second. The listing of a larger one is stored. */
const SMALL_MANIFEST_BYTES = 2 * 1024 * 1024;
/** What all listings that are open may hold in memory. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** The listings of a vault's manifests: made when they are first asked for, and kept. */
export class Listings {
  private readonly kept = new Map<string, Promise<Listing>>();
  private readonly heldBytes = new Map<string, number>();
  /** One at a time: each takes a thread, and memory. */
  private stored: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly backend: Backend,
    private readonly catalogue: Pick<Catalogue, 'findManifest'>,
    private readonly keys: ProjectKeys,
    private readonly smallManifestBytes = SMALL_MANIFEST_BYTES,
  ) {}

  /** Rejects with `VaultError('manifest-missing' | 'manifest-damaged')`, and as the stores do. */
  async open(project: string, snapshotId: string): Promise<Listing> {
    const manifest = await requireManifest(this.catalogue, project, snapshotId);
    const { objectKey } = manifest;
    const known = this.kept.get(objectKey);
    this.kept.delete(objectKey);
    const opened = known ?? this.make(project, manifest);
    // Again, as the one that was asked for last.
    this.kept.set(objectKey, opened);
    try {
      const listing = await opened;
      this.heldBytes.set(objectKey, listing.heldBytes);
      this.forgetOldest();
      return listing;
    } catch (error) {
      this.kept.delete(objectKey);
      this.heldBytes.delete(objectKey);
      throw error;
    }
  }

  private async make(project: string, manifest: ManifestRecord): Promise<Listing> {
    const dataKey = await this.keys.of(project);
    const { objectKey, snapshotId, bytes } = manifest;
    const lines = () => readSealedLines(this.backend, dataKey, snapshotId, objectKey);
    if (bytes <= this.smallManifestBytes) return listingInMemory(lines());
    const stored = await this.openStored(manifest, dataKey);
    if (stored !== undefined) return stored;
    const key = listingKeyOf(objectKey);
    const store = () => storeListing(this.backend, key, { dataKey, context: contextOf(objectKey) }, lines());
    await (this.stored = this.stored.then(store, store));
    // Whoever deletes the manifest meanwhile has not seen this.
    if ((await this.catalogue.findManifest(project, snapshotId))?.objectKey !== objectKey) {
      await this.backend.delete([key]);
      throw new VaultError('manifest-missing', `The vault holds no manifest of snapshot ${snapshotId} any more.`);
    }
    const made = await this.openStored(manifest, dataKey);
    if (made !== undefined) return made;
    throw new VaultError('manifest-damaged', `The listing of snapshot ${snapshotId} cannot be read. Ask again.`);
  }

  /** Undefined where there is none, or none that can be read: it is made of the manifest, so nothing is lost with it. */
  private async openStored({ objectKey, snapshotId }: ManifestRecord, dataKey: DataKey): Promise<Listing | undefined> {
    const key = listingKeyOf(objectKey);
    const facts = await this.backend.stat(key);
    if (facts === null) return undefined;
    const { bytes } = facts;
    try {
      const stored = {
        bytes,
        read: (offset: number, count: number) => this.backend.read(key, { offset, bytes: count }),
      };
      const sealed = await SealedParts.open(dataKey, contextOf(objectKey), stored);
      const read = (offset: number, count: number) =>
        sealed.read(offset, count).catch((error: unknown) => this.giveUp(objectKey, snapshotId, error));
      return await Listing.open({ bytes: sealed.bytes, heldBytes: 0, read });
    } catch (error) {
      if (isOfStore(error)) throw error;
      await this.backend.delete([key]);
      return undefined;
    }
  }

  /** It was fine when it was opened. */
  private async giveUp(objectKey: string, snapshotId: string, cause: unknown): Promise<never> {
    if (isOfStore(cause)) throw cause;
    this.kept.delete(objectKey);
    await this.backend.delete([listingKeyOf(objectKey)]);
    const message = `The listing of snapshot ${snapshotId} is damaged and was removed. Ask again: it is made anew.`;
    throw new VaultError('manifest-damaged', message, { cause });
  }

  private forgetOldest(): void {
    let held = [...this.heldBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    for (const key of this.kept.keys()) {
      if (held <= KEPT_BYTES || this.kept.size === 1) return;
      held -= this.heldBytes.get(key) ?? 0;
      this.kept.delete(key);
      this.heldBytes.delete(key);
    }
  }
}

/** What a listing is, so that it cannot be passed off as that of another manifest. */
function contextOf(objectKey: string): string {
  return `listing of ${objectKey}`;
}

/** It says nothing of what is in the object. */
function isOfStore(error: unknown): boolean {
  return isBackendError(error, 'unavailable') || isBackendError(error, 'denied');
}
