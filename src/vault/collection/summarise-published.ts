import { CatalogueError } from '../catalogue/catalogue-error.js';
import type { ManifestRecord } from '../catalogue/catalogue-records.js';
import type { CollectionSession } from '../catalogue/collection-session.js';
import { PackUses } from '../catalogue/pack-uses.js';
import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import type { ManifestStore } from './stores.js';

const BATCH = 100;
/** Chunks of one manifest that are told apart; beyond that one that is named twice counts twice. About 50 MB. */
const MOST_TOLD_APART = 500_000;

export interface SummariseOptions {
  manifests: ManifestStore;
  signal: AbortSignal;
  lostChunks: 'refuse' | 'accept';
}

/**
 * Reads every published manifest of which it is not known what it needs, writes that down, and says how many these were. A manifest
 * that cannot be read ends it with the store's error, unless it was taken back meanwhile: nobody knows what it needs. Rejects
 * with `CatalogueError('catalogue-incomplete')` for one that needs chunks which lie in no pack.
 */
export async function summarisePublished(
  session: CollectionSession,
  project: string,
  options: SummariseOptions,
): Promise<number> {
  let count = 0;
  for (;;) {
    const batch = await session.unsummarised(BATCH);
    if (batch.length === 0) return count;
    for (const record of batch) {
      options.signal.throwIfAborted();
      await summariseOne(session, project, record, options);
      count += 1;
    }
  }
}

async function summariseOne(
  session: CollectionSession,
  project: string,
  { snapshotId, objectKey }: ManifestRecord,
  { manifests, signal, lostChunks }: SummariseOptions,
): Promise<void> {
  const uses = new PackUses();
  let seen = new ChunkIdSet();
  let lost = 0;
  try {
    for await (const ids of manifests.liveChunks(project, objectKey, signal)) {
      signal.throwIfAborted();
      if (seen.size >= MOST_TOLD_APART) seen = new ChunkIdSet();
      const fresh = ids.filter((id) => seen.add(id.toString('hex')));
      for (const holding of await session.packsHolding(fresh)) {
        if (holding === null) lost += 1;
        else uses.add(holding);
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (await session.isPublished(objectKey)) throw error;
    return;
  }
  if (lost > 0 && lostChunks === 'refuse') {
    throw new CatalogueError(
      'catalogue-incomplete',
      `Snapshot ${snapshotId} needs ${lost} chunks that the catalogue does not have. Nothing was deleted: rebuild the catalogue first, then see which snapshots are damaged.`,
    );
  }
  await session.summarise(objectKey, uses);
}
