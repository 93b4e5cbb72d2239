import type { Backend, ListedObject } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import { toRow } from '../packs/index-rows.js';
import { storedPack } from '../check/stored-pack.js';
import type { DataKey } from '../keys/data-key.js';
import type { MasterKey } from '../keys/master-key.js';
import { readSealedManifest } from '../manifests/read-sealed-manifest.js';
import { mapConcurrently } from '../map-concurrently.js';
import { attemptsPrefix, nameOf, packsPrefix } from '../format/object-keys.js';
import { PackError } from '../packs/pack-error.js';
import { readPackIndex } from '../packs/pack-reader.js';
import { ProjectKeys } from '../keys/project-keys.js';
import { chooseManifest } from '../repair/choose-manifest.js';
import { readCandidate } from '../repair/manifest-candidates.js';
import { VaultError } from '../vault-error.js';
import { AnyCopy } from './any-copy.js';
import { ChunkPlaces } from './chunk-places.js';
import { ObjectsReader } from './objects-reader.js';

/** Indexes read side by side. */
const AT_A_TIME = 8;

/** All that is needed to read what is in a vault. */
export interface VaultStore {
  backend: Backend;
  masterKey: MasterKey;
}

export interface OpenedSnapshot {
  reader: ObjectsReader;
  /** Objects that are named like packs and whose index cannot be read: what lies only in them is missing. */
  unreadablePacks: { key: string; message: string }[];
}

/**
 * Opens one snapshot by the objects alone: its manifest says which chunks it needs, and the indexes of the project's packs where
 * they lie. Nothing is written. Of several attempts at it counts what a rebuild would choose. Memory: about 100 bytes for each chunk.
 *
 * Rejects with `VaultError('manifest-missing' | 'manifest-damaged')`, `KeyError`, as the backend does, or with `signal.reason`.
 */
export async function openSnapshot(
  { backend, masterKey }: VaultStore,
  project: string,
  snapshotId: string,
  signal: AbortSignal,
): Promise<OpenedSnapshot> {
  const dataKey = await new ProjectKeys(backend, masterKey).of(project);
  const attempts = await attemptsAt(backend, project, snapshotId);
  const wanted = new ChunkIdSet();
  let failure: unknown;
  for (const { key } of attempts) {
    try {
      await collectChunks(backend, dataKey, snapshotId, key, wanted, signal);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      failure = error;
    }
  }
  if (failure !== undefined && attempts.length === 1) throw failure;
  const places = new ChunkPlaces(wanted);
  const unreadablePacks = await findChunks(backend, dataKey, project, places, signal);
  const objectKey = await choose(backend, dataKey, project, snapshotId, attempts, places, failure);
  const chunks = new AnyCopy(project, backend, dataKey, places);
  return { reader: new ObjectsReader({ backend, dataKey, project, snapshotId, objectKey, chunks }), unreadablePacks };
}

async function attemptsAt(backend: Backend, project: string, snapshotId: string): Promise<ListedObject[]> {
  const attempts: ListedObject[] = [];
  for await (const object of backend.list(attemptsPrefix(project, snapshotId))) {
    if (nameOf(object.key).kind === 'manifest') attempts.push(object);
  }
  if (attempts.length > 0) return attempts;
  throw new VaultError('manifest-missing', `The vault holds no manifest of snapshot ${snapshotId}.`);
}

async function collectChunks(
  backend: Backend,
  dataKey: DataKey,
  snapshotId: string,
  objectKey: string,
  wanted: ChunkIdSet,
  signal: AbortSignal,
): Promise<void> {
  for await (const line of readSealedManifest(backend, dataKey, snapshotId, objectKey)) {
    signal.throwIfAborted();
    if (!('content' in line)) continue;
    for (const { id } of line.content.chunks) wanted.add(id);
  }
}

async function findChunks(
  backend: Backend,
  dataKey: DataKey,
  project: string,
  places: ChunkPlaces,
  signal: AbortSignal,
): Promise<OpenedSnapshot['unreadablePacks']> {
  const unreadable: OpenedSnapshot['unreadablePacks'] = [];
  const read = async ({ key, bytes }: ListedObject) => {
    signal.throwIfAborted();
    const name = nameOf(key);
    if (name.kind !== 'pack') return;
    try {
      const { entries } = await readPackIndex(storedPack(backend, key, bytes), dataKey);
      places.add(Buffer.from(name.packId, 'hex'), entries.map(toRow));
    } catch (error) {
      // One that has gone since it was listed was collected: its chunks are elsewhere, or nobody needs them.
      if (isBackendError(error, 'missing')) return;
      if (!(error instanceof PackError)) throw error;
      unreadable.push({ key, message: error.message });
    }
  };
  for await (const _ of mapConcurrently(backend.list(packsPrefix(project)), AT_A_TIME, read)) signal.throwIfAborted();
  return unreadable;
}

/** Throws `failure`, which reading one of them met, when none is whole. */
async function choose(
  backend: Backend,
  dataKey: DataKey,
  project: string,
  snapshotId: string,
  attempts: readonly ListedObject[],
  places: ChunkPlaces,
  failure: unknown,
): Promise<string> {
  if (attempts.length === 1) return attempts[0]!.key;
  const parts = { backend, catalogue: places.nth(0) };
  const candidates = [];
  for (const attempt of attempts) candidates.push(await readCandidate(parts, project, dataKey, snapshotId, attempt));
  const chosen = chooseManifest(candidates, undefined)!;
  if (!chosen.whole) throw failure;
  return chosen.objectKey;
}
