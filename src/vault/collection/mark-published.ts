import type { CollectionSession } from '../catalogue/collection-session.js';
import type { ManifestStore } from './stores.js';

const BATCH = 100;

/**
 * Marks the chunks of every published manifest that is not marked yet, until there is none, and says how many these were. A
 * manifest that cannot be read ends it with the store's error, unless it was taken back meanwhile: nobody knows
 * what it needs.
 */
export async function markPublished(
  session: CollectionSession,
  project: string,
  manifests: ManifestStore,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (;;) {
    const batch = await session.unmarked(BATCH);
    if (batch.length === 0) return count;
    for (const { objectKey } of batch) {
      signal.throwIfAborted();
      if (await markOne(session, project, manifests, objectKey, signal)) count += 1;
    }
  }
}

async function markOne(
  session: CollectionSession,
  project: string,
  manifests: ManifestStore,
  objectKey: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for await (const ids of manifests.liveChunks(project, objectKey, signal)) {
      signal.throwIfAborted();
      await session.mark(ids);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (await session.isPublished(objectKey)) throw error;
    return false;
  }
  await session.manifestMarked(objectKey);
  return true;
}
