import type { Backend } from '../backend/backend.js';
import { BackendError, isBackendError } from '../backend/backend-error.js';
import { sourceOf } from '../backend/object-source.js';
import { newProbeKey } from './object-keys.js';
import { VaultError } from '../vault-error.js';

/**
 * Proves that the store keeps the promises on which the vault relies. That of `put()`: what is there is not replaced, also when two
 * processes begin a project at the same time; some servers take the condition and ignore it. What is stored is read at once, whole
 * and in part, and listed; what is deleted is gone; and what is to be locked can be. Stores a small object under a name that nobody else has, and removes it; killed
 * in between it leaves that one, which a collection removes a day later.
 *
 * Rejects with `VaultError('store-unsupported')` for a store that does not keep it, or says that it cannot do what is needed, and as
 * the backend does when it cannot answer.
 */
export async function proveStore(backend: Backend): Promise<void> {
  try {
    await backend.locks?.prove();
    await provePut(backend);
  } catch (error) {
    if (!(error instanceof BackendError) || error.lacks === undefined) throw error;
    throw new VaultError('store-unsupported', error.message, { cause: error });
  }
}

async function provePut(backend: Backend): Promise<void> {
  const key = newProbeKey();
  const [first, second] = [Buffer.from(`first ${key}`), Buffer.from(`not to be stored: ${key}`)];
  let failed = true;
  try {
    await backend.put(key, sourceOf(first));
    const refused = await isRefused(backend.put(key, sourceOf(second)));
    const there = await backend.read(key).catch((error: unknown) => {
      if (isBackendError(error, 'missing') || isBackendError(error, 'truncated')) return undefined;
      throw error;
    });
    if (there === undefined || !(there.equals(first) || there.equals(second))) throw forgetful();
    if (!refused || !there.equals(first)) throw careless();
    await proveParts(backend, key, first);
    await proveListing(backend, key);
    await backend.delete([key]);
    if ((await backend.stat(key)) !== null) throw incapable('says that it has deleted an object, which is still there');
    failed = false;
  } finally {
    // Why it failed says more than why it cannot be removed, too.
    await backend.delete([key]).catch((error: unknown) => {
      if (!failed) throw error;
    });
  }
}

/** Without ranges a restore would read every pack as often as it has chunks in it. */
async function proveParts(backend: Backend, key: string, whole: Buffer): Promise<void> {
  const [offset, bytes] = [6, 8];
  const part = async (): Promise<Buffer | undefined> => {
    try {
      return await backend.read(key, { offset, bytes });
    } catch (error) {
      if (!(error instanceof BackendError) || error.code === 'denied') throw error;
      // Away, then it is for the whole as well; or it cannot do this alone.
      await backend.read(key);
      return undefined;
    }
  };
  const found = (await part()) ?? (await part());
  if (found?.equals(whole.subarray(offset, offset + bytes)) !== true)
    throw incapable('does not return the part of an object that it is asked for (in a bucket: it ignores Range)');
}

/** What was stored and is not listed yet would be missing from a check, and from a catalogue that is made anew. */
async function proveListing(backend: Backend, key: string): Promise<void> {
  for await (const listed of backend.list(key)) if (listed.key === key) return;
  throw incapable('says that it has stored an object, and does not list it');
}

function incapable(what: string): VaultError {
  return new VaultError(
    'store-unsupported',
    `The vault's store ${what}. Use a server without that fault, or a newer version of this one.`,
  );
}

async function isRefused(put: Promise<void>): Promise<boolean> {
  try {
    await put;
    return false;
  } catch (error) {
    if (isBackendError(error, 'exists')) return true;
    throw error;
  }
}

function careless(): VaultError {
  return new VaultError(
    'store-unsupported',
    "The vault's store did not refuse to store a second object under a name that was taken (in a bucket: it ignores If-None-Match: *). Two workers that begin a project at the same time would replace each other's key, and snapshots could not be read any more. Use a server that knows conditional writes, or a newer version of this one.",
  );
}

function forgetful(): VaultError {
  return new VaultError(
    'store-unsupported',
    "The vault's store says that it has stored an object, and does not return it. Check that VAULT_S3_ENDPOINT is that of an S3 server, and use one whose objects can be read as soon as they are stored.",
  );
}
