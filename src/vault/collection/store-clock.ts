import type { Backend } from '../backend/backend.js';
import { backendErrors } from '../backend/backend-error.js';
import { sourceOf } from '../backend/object-source.js';
import { newProbeKey } from '../format/object-keys.js';

/**
 * The time by the clock that dates the store's objects, which is not this process's: found by storing a small object, which is removed
 * again. Rejects as the backend does.
 */
export async function storeNow(backend: Backend): Promise<Date> {
  const key = newProbeKey();
  try {
    await backend.put(key, sourceOf(Buffer.from(key)));
    const facts = await backend.stat(key);
    if (facts === null) throw backendErrors.missing(key);
    return facts.modifiedAt;
  } finally {
    await backend.delete([key]);
  }
}
