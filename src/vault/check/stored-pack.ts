import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import { damaged, PackError } from '../packs/pack-error.js';
import type { StoredPack } from '../packs/pack-reader.js';

/** An object as the readers of packs see it. A read past its end is `PackError('pack-damaged')`. */
export function storedPack(backend: Backend, key: string, size: number): StoredPack {
  return {
    size,
    read: async (offset, bytes) => {
      try {
        return await backend.read(key, { offset, bytes });
      } catch (error) {
        if (isBackendError(error, 'truncated')) throw damaged('pack', `it ends before byte ${offset + bytes}`, error);
        throw error;
      }
    },
  };
}

/** What is wrong with a pack, from what its readers threw; other errors are thrown again. */
export function asPackError(error: unknown): PackError {
  if (error instanceof PackError) return error;
  throw error;
}
