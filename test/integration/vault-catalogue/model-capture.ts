import type { CaptureLease, Catalogue } from '../../../src/vault/catalogue/catalogue.js';
import type { NewPack, PackedChunk, PackUse } from '../../../src/vault/catalogue/catalogue-records.js';
import { PackUses } from '../../../src/vault/catalogue/pack-uses.js';
import type { ModelVault } from './model-vault.js';

/** A capture as the vault makes one: finds what is there, stores the rest, puts the manifest, publishes. */
export class ModelCapture {
  readonly packs = new PackUses();

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
    for (const holding of found) if (holding) this.packs.add(holding);
    const missing = ids.filter((_, index) => found[index] === null);
    if (missing.length === 0) return;
    const { pack, chunks } = await this.vault.putPack(missing);
    await this.catalogue.addPack(this.lease, pack, chunks);
    this.packs.addUse(wholeUse(pack, chunks));
  }

  async publish(ids: readonly Buffer[]): Promise<void> {
    const manifest = await this.vault.putManifest(this.lease, ids);
    await this.catalogue.publish(this.lease, manifest, this.packs);
  }
}

/** What is needed of a pack of which everything is. */
export function wholeUse(pack: NewPack, chunks: readonly PackedChunk[]): PackUse {
  return {
    packId: pack.id,
    chunks: chunks.length,
    bytes: chunks.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
  };
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
