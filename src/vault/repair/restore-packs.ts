import type { ListedObject } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { Rebuild } from '../catalogue/catalogue.js';
import type { VaultParts } from '../check/check-parts.js';
import { toRow } from '../packs/index-rows.js';
import { storedPack } from '../check/stored-pack.js';
import type { DataKey } from '../keys/data-key.js';
import { mapConcurrently } from '../map-concurrently.js';
import { nameOf, packsPrefix } from '../format/object-keys.js';
import { PackError } from '../packs/pack-error.js';
import { readPackIndex, type OpenedPack } from '../packs/pack-reader.js';

/** Indexes read side by side. */
const AT_A_TIME = 4;

export interface RestoredPacks {
  packs: number;
  chunks: number;
  /** Objects that are named like packs and whose index cannot be read: they are left as they are. */
  unreadablePacks: { key: string; message: string }[];
}

/** Enters every pack object of a project whose index opens, by a few Range reads each. Rejects as the stores do. */
export async function restorePacks(
  { backend, catalogue }: VaultParts,
  rebuild: Rebuild,
  dataKey: DataKey,
  signal: AbortSignal,
): Promise<RestoredPacks> {
  const restored: RestoredPacks = { packs: 0, chunks: 0, unreadablePacks: [] };
  const read = async (object: ListedObject) => {
    signal.throwIfAborted();
    return {
      object,
      opened: await openOrError(() => readPackIndex(storedPack(backend, object.key, object.bytes), dataKey)),
    };
  };
  for await (const { object, opened } of mapConcurrently(backend.list(packsPrefix(rebuild.project)), AT_A_TIME, read)) {
    const name = nameOf(object.key);
    if (name.kind !== 'pack' || opened === undefined) continue;
    if (opened instanceof PackError) {
      restored.unreadablePacks.push({ key: object.key, message: opened.message });
      continue;
    }
    const pack = { id: Buffer.from(name.packId, 'hex'), bytes: object.bytes, keyId: opened.keys.header.keyId };
    await catalogue.restorePack(rebuild, pack, opened.entries.map(toRow));
    restored.packs += 1;
    restored.chunks += opened.entries.length;
  }
  return restored;
}

/** Undefined for an object that has gone since it was listed. */
async function openOrError(open: () => Promise<OpenedPack>): Promise<OpenedPack | PackError | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof PackError) return error;
    if (isBackendError(error, 'missing')) return undefined;
    throw error;
  }
}
