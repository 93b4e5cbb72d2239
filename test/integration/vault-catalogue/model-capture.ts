import type { CaptureLease, Catalogue } from '../../../src/vault/catalogue/catalogue.js';
import type { ModelVault } from './model-vault.js';

/** A capture as the vault makes one: finds what is there, stores the rest, puts the manifest, publishes. */
export class ModelCapture {
  readonly packs = new Map<string, Buffer>();

  private constructor(
    private readonly catalogue: Catalogue,
    private readonly vault: ModelVault,
    readonly lease: CaptureLease,
  ) {}

  static async begin(
    catalogue: Catalogue,
    vault: ModelVault,
    project: string,
    snapshotId: string,
  ): Promise<ModelCapture> {
    return new ModelCapture(catalogue, vault, await catalogue.beginCapture(project, snapshotId));
  }

  async store(ids: readonly Buffer[]): Promise<void> {
    const found = await this.catalogue.packsHolding(this.lease.project, ids);
    for (const packId of found) if (packId) this.packs.set(packId.toString('hex'), packId);
    const missing = ids.filter((_, index) => found[index] === null);
    if (missing.length === 0) return;
    const { pack, chunks } = await this.vault.putPack(missing);
    await this.catalogue.addPack(this.lease, pack, chunks);
    this.packs.set(pack.id.toString('hex'), pack.id);
  }

  async publish(ids: readonly Buffer[]): Promise<void> {
    const manifest = await this.vault.putManifest(this.lease, ids);
    await this.catalogue.publish(this.lease, manifest, this.packs.values());
  }
}

/** A whole capture. */
export async function captureAll(
  catalogue: Catalogue,
  vault: ModelVault,
  project: string,
  snapshotId: string,
  ids: readonly Buffer[],
): Promise<void> {
  const capture = await ModelCapture.begin(catalogue, vault, project, snapshotId);
  await capture.store(ids);
  await capture.publish(ids);
}

export async function deleteSnapshot(
  catalogue: Catalogue,
  vault: ModelVault,
  project: string,
  snapshotId: string,
): Promise<void> {
  const objectKey = await catalogue.unpublish(project, snapshotId);
  if (objectKey !== null) await vault.deleteManifests(project, [objectKey]);
}
