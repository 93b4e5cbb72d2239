import { BackendError } from '../backend/backend-error.js';
import type { Backend } from '../backend/backend.js';

/** No writer takes so long for one object (milliseconds). */
const LONGEST_WRITE_MS = 24 * 60 * 60_000;

/**
 * Removes what writers that were killed have left in the backend without a key: temporary files, uploads that nobody ends. They
 * belong to no project. A backend that cannot is left alone: no collection fails for it. Resolves to how many there were.
 */
export async function removeRemains(backend: Backend, now: () => Date = () => new Date()): Promise<number> {
  try {
    return await backend.removeRemains(new Date(now().getTime() - LONGEST_WRITE_MS));
  } catch (error) {
    // Listing uploads is a permission of its own, which those who run the bucket may not have given.
    if (error instanceof BackendError) return 0;
    throw error;
  }
}
