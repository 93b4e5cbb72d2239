import { BackendError } from '../backend/backend-error.js';
import type { Backend } from '../backend/backend.js';
import { nameOf, PROBES_PREFIX } from '../format/object-keys.js';
import { storeNow } from './store-clock.js';

/** No writer takes so long for one object (milliseconds). */
const LONGEST_WRITE_MS = 24 * 60 * 60_000;

/**
 * Removes what writers that were killed have left in the backend: temporary files, uploads that nobody ends, probes. They
 * belong to no project. Their age is told by the store's clock alone, and what does not by its key belong to a vault is left to whom it
 * belongs. A backend that cannot is left alone: no collection fails for it. Resolves to how many there were.
 */
export async function removeUnfinished(
  backend: Backend,
  now: (backend: Backend) => Date | Promise<Date> = storeNow,
): Promise<number> {
  try {
    const olderThan = new Date((await now(backend)).getTime() - LONGEST_WRITE_MS);
    const probes: string[] = [];
    for await (const { key, modifiedAt } of backend.list(PROBES_PREFIX)) {
      if (nameOf(key).kind === 'probe' && modifiedAt < olderThan) probes.push(key);
    }
    if (probes.length > 0) await backend.delete(probes);
    return probes.length + (await backend.removeUnfinished(olderThan, isOurs));
  } catch (error) {
    // Listing uploads is a permission of its own, which those who run the bucket may not have given.
    if (error instanceof BackendError) return 0;
    throw error;
  }
}

function isOurs(key: string): boolean {
  return nameOf(key).kind !== 'stray';
}
