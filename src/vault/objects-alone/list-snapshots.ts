import { isBackendError } from '../backend/backend-error.js';
import type { DataKey } from '../keys/data-key.js';
import { KeyError } from '../keys/key-error.js';
import type { ListedObject } from '../backend/backend.js';
import { listProjects } from '../keys/list-projects.js';
import type { ManifestEnds } from '../manifests/check-lines.js';
import { readSealedBatches, readSealedEnds } from '../manifests/read-sealed-manifest.js';
import { mapConcurrently } from '../map-concurrently.js';
import { projectKeyFile } from '../format/object-keys.js';
import { ProjectKeys } from '../keys/project-keys.js';
import { chooseManifest } from '../repair/choose-manifest.js';
import { manifestsBySnapshot } from '../repair/manifest-candidates.js';
import { VaultError } from '../vault-error.js';
import { sumsOf } from './manifest-sums.js';
import type { VaultStore } from './open-snapshot.js';

/** Manifests read side by side. */
const AT_A_TIME = 4;

/** What the objects of a vault say of a snapshot. */
export interface FoundSnapshot extends ManifestEnds {
  project: string;
  snapshotId: string;
  objectKey: string;
  manifestBytes: number;
  /** By the store's clock. */
  publishedAt: Date;
  sizes: SnapshotSizes;
}

/** Null where the snapshot has no such part. */
export interface SnapshotSizes {
  databaseBytes: number | null;
  filestoreBytes: number | null;
  fileCount: number | null;
}

/** An object that should say what a snapshot is and cannot be read. */
export interface UnreadableObject {
  project: string;
  object: string;
  /** Of a manifest. */
  snapshotId?: string;
  message: string;
}

/** A project comes before what is in it. */
export type Found = { project: string } | { found: FoundSnapshot } | { unreadable: UnreadableObject };

/**
 * The snapshots of a project (of all, unless told), by project and id, from the objects alone: each manifest is read to its end,
 * so that it is whole, and no chunk is looked at. A damaged attempt is told only where no other one is whole. Throws as the backend
 * does, or `signal.reason`.
 */
export async function* listSnapshots(
  { backend, masterKey }: VaultStore,
  { project: only, signal }: { project?: string | undefined; signal: AbortSignal },
): AsyncGenerator<Found> {
  const keys = new ProjectKeys(backend, masterKey);
  for await (const project of only === undefined ? listProjects(backend) : [only]) {
    yield { project };
    const dataKey = await keys.of(project).catch((error: unknown) => {
      if (error instanceof KeyError) return error;
      throw error;
    });
    if (dataKey instanceof KeyError) {
      yield { unreadable: { project, object: projectKeyFile(project), message: dataKey.message } };
      continue;
    }
    const read = ({ snapshotId, objects }: { snapshotId: string; objects: ListedObject[] }) => {
      signal.throwIfAborted();
      return readAttempts({ backend, masterKey }, dataKey, { project, snapshotId, objects });
    };
    yield* mapConcurrently(manifestsBySnapshot({ backend }, project), AT_A_TIME, read);
  }
}

async function readAttempts(
  { backend }: VaultStore,
  dataKey: DataKey,
  { project, snapshotId, objects }: { project: string; snapshotId: string; objects: readonly ListedObject[] },
): Promise<Found> {
  const ends = new Map<string, ManifestEnds>();
  let failure = 'It has gone since it was listed.';
  const candidates = [];
  for (const { key, bytes, modifiedAt } of objects) {
    const read = await readSealedEnds(backend, dataKey, snapshotId, key).catch((error: unknown) => {
      if (!(error instanceof VaultError) && !isBackendError(error, 'missing')) throw error;
      failure = error.message;
      return undefined;
    });
    if (read) ends.set(key, read);
    const createdAt = read && new Date(read.header.createdAt);
    const candidate = { objectKey: key, bytes, modifiedAt, whole: read !== undefined, complete: true };
    candidates.push({ ...candidate, ...(createdAt && { createdAt }) });
  }
  const { objectKey, bytes, modifiedAt } = chooseManifest(candidates, undefined)!;
  const chosen = ends.get(objectKey);
  if (chosen === undefined) return { unreadable: { project, object: objectKey, snapshotId, message: failure } };
  const sizes = await sizesOf(chosen, () => readSealedBatches(backend, dataKey, snapshotId, objectKey));
  return {
    found: { ...chosen, project, snapshotId, objectKey, manifestBytes: bytes, publishedAt: modifiedAt, sizes },
  };
}

/** An older manifest does not say them at its end: its entries are added up. */
async function sizesOf(
  { footer: { outcome } }: ManifestEnds,
  entries: () => ReturnType<typeof readSealedBatches>,
): Promise<SnapshotSizes> {
  if (outcome !== undefined) {
    const { databaseBytes = null, filestoreBytes = null, fileCount = null } = outcome;
    return { databaseBytes, filestoreBytes, fileCount };
  }
  const { database, filestore } = await sumsOf(entries());
  return {
    databaseBytes: database?.databaseBytes ?? null,
    filestoreBytes: filestore?.bytes ?? null,
    fileCount: filestore?.files ?? null,
  };
}
