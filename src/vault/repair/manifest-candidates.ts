import type { Backend, ListedObject } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { ChunkLocator } from '../catalogue/catalogue.js';
import type { DataKey } from '../keys/data-key.js';
import { readSealedManifest } from '../manifests/read-sealed-manifest.js';
import { PackUses } from '../catalogue/pack-uses.js';
import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import { manifestsPrefix, nameOf } from '../format/object-keys.js';
import { VaultError } from '../vault-error.js';
import type { ManifestCandidate } from './choose-manifest.js';

const BATCH = 2_500;
/** Chunks of one manifest that are told apart; beyond that one that is named twice counts twice. About 50 MB. */
const MOST_TOLD_APART = 500_000;

/** The manifest objects of a project, those of one snapshot together. Throws as the backend does. */
export async function* manifestsBySnapshot(
  { backend }: { backend: Backend },
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
  { backend, catalogue }: { backend: Backend; catalogue: ChunkLocator },
  project: string,
  dataKey: DataKey,
  snapshotId: string,
  { key: objectKey, bytes, modifiedAt }: ListedObject,
): Promise<ManifestCandidate> {
  const candidate: ManifestCandidate = { objectKey, bytes, modifiedAt, whole: false, complete: true };
  const uses = new PackUses();
  let seen = new ChunkIdSet();
  let batch: Buffer[] = [];
  const settle = async (): Promise<void> => {
    const locations = await catalogue.locate(project, batch);
    if (locations.includes(null)) candidate.complete = false;
    for (const location of locations) if (location !== null) uses.add(location);
    batch = [];
  };
  try {
    for await (const line of readSealedManifest(backend, dataKey, snapshotId, objectKey)) {
      if (line.kind === 'header') candidate.createdAt = new Date(line.createdAt);
      if (!('content' in line)) continue;
      for (const { id } of line.content.chunks) if (seen.add(id)) batch.push(Buffer.from(id, 'hex'));
      if (seen.size >= MOST_TOLD_APART) seen = new ChunkIdSet();
      if (batch.length >= BATCH) await settle();
    }
    await settle();
    candidate.whole = true;
    if (candidate.complete) candidate.uses = uses;
  } catch (error) {
    if (!(error instanceof VaultError) && !isBackendError(error, 'missing')) throw error;
    candidate.complete = false;
  }
  return candidate;
}
