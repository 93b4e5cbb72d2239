import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { PackedChunk } from '../catalogue/catalogue-records.js';
import { chunkGroups } from '../reading/chunk-groups.js';
import type { DataKey } from '../keys/data-key.js';
import { openFrame } from '../packs/frame.js';
import { PackError } from '../packs/pack-error.js';
import { HEADER_BYTES, parsePackHeader } from '../packs/pack-format.js';
import { derivePackKeys, type PackKeys } from '../packs/pack-keys.js';
import { readParts } from '../reading/read-parts.js';
import { toEntry } from '../packs/index-rows.js';
import { storedPack } from './stored-pack.js';

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
    keys = derivePackKeys(dataKey, parsePackHeader(await storedPack(backend, key, size).read(0, HEADER_BYTES)));
  } catch (error) {
    if (error instanceof PackError) return 'all';
    throw error;
  }
  const unreadable = new Set<string>();
  for (const group of chunkGroups(rows, ({ storedBytes }) => storedBytes)) {
    const frames = await framesOf(backend, key, group);
    for (const [index, row] of group.entries()) {
      if (!opens(keys, row, frames[index])) unreadable.add(row.id.toString('hex'));
    }
  }
  return unreadable;
}

/** Undefined for those that the pack ends before. */
async function framesOf(backend: Backend, key: string, rows: readonly PackedChunk[]): Promise<(Buffer | undefined)[]> {
  try {
    return await readParts(
      backend,
      rows.map(({ offset, storedBytes }) => ({ key, offset, bytes: storedBytes })),
    );
  } catch (error) {
    if (!isBackendError(error, 'truncated')) throw error;
    if (rows.length === 1) return [undefined];
  }
  const frames: (Buffer | undefined)[] = [];
  for (const row of rows) frames.push(...(await framesOf(backend, key, [row])));
  return frames;
}

function opens(keys: PackKeys, row: PackedChunk, frame: Buffer | undefined): boolean {
  if (frame === undefined) return false;
  try {
    openFrame(keys, toEntry(row), frame);
    return true;
  } catch (error) {
    if (error instanceof PackError) return false;
    throw error;
  }
}

export function isUnreadableChunk(unreadable: Unreadable | undefined, chunkId: string): boolean {
  return unreadable === 'all' || unreadable?.has(chunkId) === true;
}
