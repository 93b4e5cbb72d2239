import { createHash } from 'node:crypto';
import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import { VaultError } from '../vault-error.js';

/**
 * Asks whether an object is there that the backend has just acknowledged: before a snapshot that needs it says that it is
 * published. Rejects with `VaultError('vault-unwritable')` when it is not, and as the backend does.
 */
export async function confirmStored(backend: Backend, key: string, bytes: number): Promise<void> {
  const facts = await backend.stat(key);
  if (facts?.bytes !== bytes) throw notStored(key);
}

/** The same, byte for byte: before other copies of what is in it are given up. `sha256` in hexadecimal. */
export async function confirmSame(backend: Backend, key: string, sha256: string): Promise<void> {
  if (!(await holdsSame(backend, key, sha256))) throw notStored(key);
}

/** Whether an object is there and its bytes are those. Rejects as the backend does. */
export async function holdsSame(backend: Backend, key: string, sha256: string): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    for await (const buffer of backend.stream(key)) hash.update(buffer);
  } catch (error) {
    if (isBackendError(error, 'missing') || isBackendError(error, 'truncated')) return false;
    throw error;
  }
  return hash.digest('hex') === sha256;
}

function notStored(key: string): VaultError {
  return new VaultError(
    'vault-unwritable',
    `The vault's store said that it had stored ${key}, and does not return it. Check the store; nothing relies on the object yet.`,
  );
}
