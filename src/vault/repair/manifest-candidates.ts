import type { ListedObject } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { VaultParts } from '../check/check-parts.js';
import type { DataKey } from '../keys/data-key.js';
import { readSealedManifest } from '../manifests/read-sealed-manifest.js';
import { manifestsPrefix, nameOf } from '../object-keys.js';
import { VaultError } from '../vault-error.js';
import type { ManifestCandidate } from './choose-manifest.js';

const BATCH = 2_500;

/** The manifest objects of a project, those of one snapshot together. Throws as the backend does. */
export async function* manifestsBySnapshot(
  { backend }: VaultParts,
  project: string,
): AsyncGenerator<{ snapshotId: string; objects: ListedObject[] }> {
  let current: { snapshotId: string; objects: ListedObject[] } | undefined;
  for await (const object of backend.list(manifestsPrefix(project))) {
    const name = nameOf(object.key);
    if (name.kind !== 'manifest') continue;
    if (current !== undefined && current.snapshotId !== name.snapshotId) {
      yield current;
      current = undefined;
    }
    current ??= { snapshotId: name.snapshotId, objects: [] };
    current.objects.push(object);
  }
  if (current !== undefined) yield current;
}

/** Reads a manifest to its end and looks whether its chunks are in the catalogue. Throws as the stores do. */
export async function readCandidate(
  { backend, catalogue }: VaultParts,
  project: string,
  dataKey: DataKey,
  snapshotId: string,
  { key: objectKey, bytes, modifiedAt }: ListedObject,
): Promise<ManifestCandidate> {
  const candidate: ManifestCandidate = { objectKey, bytes, modifiedAt, whole: false, complete: true };
  let batch: Buffer[] = [];
  const settle = async (): Promise<void> => {
    const locations = await catalogue.locate(project, batch);
    if (locations.includes(null)) candidate.complete = false;
    batch = [];
  };
  try {
    for await (const line of readSealedManifest(backend, dataKey, snapshotId, objectKey)) {
      if (line.kind === 'header') candidate.createdAt = new Date(line.createdAt);
      if (!('content' in line)) continue;
      for (const { id } of line.content.chunks) batch.push(Buffer.from(id, 'hex'));
      if (batch.length >= BATCH) await settle();
    }
    await settle();
    candidate.whole = true;
  } catch (error) {
    if (!(error instanceof VaultError) && !isBackendError(error, 'missing')) throw error;
    candidate.complete = false;
  }
  return candidate;
}
