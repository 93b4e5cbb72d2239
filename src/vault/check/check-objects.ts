import type { ListedObject } from '../backend/backend.js';
import type { DataKey } from '../keys/data-key.js';
import { readSealedManifest } from '../manifests/read-sealed-manifest.js';
import { nameOf, projectPrefix } from '../format/object-keys.js';
import { VaultError } from '../vault-error.js';
import type { VaultParts } from './check-parts.js';
import type { Finding } from './finding.js';

const BATCH = 1000;

/**
 * The objects of a project that the catalogue does not know, and those that nobody knows. What was deleted or recorded meanwhile is
 * left out. Throws as the stores do.
 */
export async function* checkObjects(
  parts: VaultParts,
  project: string,
  dataKey: DataKey,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  let batch: ListedObject[] = [];
  for await (const object of parts.backend.list(projectPrefix(project))) {
    signal.throwIfAborted();
    batch.push(object);
    if (batch.length < BATCH) continue;
    yield* checkBatch(parts, project, dataKey, batch);
    batch = [];
  }
  yield* checkBatch(parts, project, dataKey, batch);
}

async function* checkBatch(
  parts: VaultParts,
  project: string,
  dataKey: DataKey,
  objects: readonly ListedObject[],
): AsyncGenerator<Finding> {
  const { backend, catalogue } = parts;
  const packs: { id: Buffer; bytes: number; key: string }[] = [];
  const manifests: { objectKey: string; captureId: string; snapshotId: string }[] = [];
  for (const { key, bytes } of objects) {
    const name = nameOf(key);
    if (name.kind === 'pack') packs.push({ id: Buffer.from(name.packId, 'hex'), bytes, key });
    else if (name.kind === 'manifest') manifests.push({ objectKey: key, ...name });
    else if (name.kind === 'stray') yield stray(key);
  }
  for (const { id } of await catalogue.unknownPacksAmong(project, packs)) {
    const { key } = packs.find((pack) => pack.id.equals(id))!;
    if ((await backend.stat(key)) !== null) yield unreferencedPack(key);
  }
  for (const { objectKey } of await catalogue.orphansAmong(project, manifests)) {
    const { snapshotId } = manifests.find((manifest) => manifest.objectKey === objectKey)!;
    const published = await catalogue.findManifest(project, snapshotId);
    if (published?.objectKey === objectKey || (await backend.stat(objectKey)) === null) continue;
    if (published !== null) yield replacedManifest(objectKey);
    else if (await isWhole(parts, dataKey, snapshotId, objectKey)) yield unreferencedManifest(objectKey, snapshotId);
    else yield uselessManifest(objectKey);
  }
}

async function isWhole(
  { backend }: VaultParts,
  dataKey: DataKey,
  snapshotId: string,
  objectKey: string,
): Promise<boolean> {
  try {
    for await (const _ of readSealedManifest(backend, dataKey, snapshotId, objectKey));
    return true;
  } catch (error) {
    if (error instanceof VaultError) return false;
    throw error;
  }
}

export function stray(key: string): Finding {
  return {
    severity: 'note',
    code: 'stray-object',
    object: key,
    message: 'Nothing in Snapback makes an object of this name. See where it comes from, and remove it by hand.',
  };
}

function unreferencedPack(key: string): Finding {
  return {
    severity: 'garbage',
    code: 'pack-unreferenced',
    object: key,
    message:
      'The catalogue does not know this pack: it is from a capture that did not come to its end or is about to record it, or a copy. A collection removes it; if snapshots lack chunks, a repair looks for them in it first.',
  };
}

function unreferencedManifest(key: string, snapshotId: string): Finding {
  return {
    severity: 'garbage',
    code: 'manifest-unreferenced',
    object: key,
    message: `Snapshot ${snapshotId} is not published. If it was, its row is lost: run a repair before the next collection, which removes this object.`,
  };
}

function replacedManifest(key: string): Finding {
  return {
    severity: 'garbage',
    code: 'manifest-replaced',
    object: key,
    message: 'An attempt at a snapshot that is published by another object. A collection removes it.',
  };
}

function uselessManifest(key: string): Finding {
  return {
    severity: 'garbage',
    code: 'manifest-useless',
    object: key,
    message: 'It is not published, and it is damaged or of another snapshot. A collection removes it.',
  };
}
