import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { PackedChunk } from '../catalogue/catalogue.js';
import type { DataKey } from '../keys/data-key.js';
import { PackBlocks } from '../pack-blocks.js';
import { openFrame } from '../packs/frame.js';
import { PackError } from '../packs/pack-error.js';
import { HEADER_BYTES, parseHeader } from '../packs/pack-format.js';
import { derivePackKeys, type PackKeys } from '../packs/pack-keys.js';
import { toEntry } from './compare-index.js';
import { storedPack } from './stored-pack.js';

const CACHE_BYTES = 8 * 1024 * 1024;

/** Chunk ids in hexadecimal. About 100 bytes each, for the chunks of damaged packs only. */
export type Unreadable = ReadonlySet<string> | 'all';

/**
 * Which of the chunks that the catalogue finds in a pack cannot be read there. It does what a reader of snapshots does: the
 * header and the rows are enough, the index has no part in it. Throws as the backend does.
 */
export async function unreadableChunks(
  backend: Backend,
  key: string,
  size: number,
  dataKey: DataKey,
  rows: readonly PackedChunk[],
): Promise<Unreadable> {
  let keys: PackKeys;
  try {
    keys = derivePackKeys(dataKey, parseHeader(await storedPack(backend, key, size).read(0, HEADER_BYTES)));
  } catch (error) {
    if (error instanceof PackError) return 'all';
    throw error;
  }
  const blocks = new PackBlocks(backend, CACHE_BYTES);
  const unreadable = new Set<string>();
  for (const row of rows) {
    try {
      openFrame(keys, toEntry(row), await blocks.read(key, size, row.offset, row.storedBytes));
    } catch (error) {
      if (!(error instanceof PackError || isBackendError(error, 'truncated'))) throw error;
      unreadable.add(row.id.toString('hex'));
    }
  }
  return unreadable;
}

export function isUnreadable(unreadable: Unreadable | undefined, chunkId: string): boolean {
  return unreadable === 'all' || unreadable?.has(chunkId) === true;
}
