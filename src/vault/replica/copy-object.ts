import { createHash } from 'node:crypto';
import type { Backend, LockedObject } from '../backend/backend.js';
import { BackendError, isBackendError } from '../backend/backend-error.js';
import { confirmStored, holdsSame } from '../writing/confirm-stored.js';
import { ReplicaError } from './replica-error.js';

export interface ObjectCopy {
  key: string;
  bytes: number;
  /** Of what it has to be, in hexadecimal. */
  sha256: string;
}

export interface CopyOptions {
  signal: AbortSignal;
  /** Told of what has come out of the vault. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** The object is not in the vault any more. */
export class SourceGone extends Error {
  override name = 'SourceGone';
}

/**
 * Has an object in the replica that is the vault's, byte for byte. It is hashed on its way, and what is not what it should be is not
 * stored: a source that throws before it has ended stores nothing. One that is there already is read instead of copied, and
 * replaced when it is not whole. Resolves to the bytes that were copied.
 *
 * Rejects with `SourceGone`, `ReplicaError('replica-source-damaged' | 'replica-source-unreadable')`, as the replica's backend does, and
 * with `signal.reason`.
 */
export async function copyObject(
  vault: Backend,
  replica: Backend,
  object: ObjectCopy,
  options: CopyOptions,
): Promise<number> {
  const { key, bytes, sha256 } = object;
  const there = await replica.stat(key);
  if (there !== null) {
    if (there.bytes === bytes && (await holdsSame(replica, key, sha256))) return 0;
    // What can be read of it may be all that is left.
    if (!(await holdsSame(vault, key, sha256))) throw damagedSource(key);
    const [locked] = await replica.delete([key]);
    if (locked !== undefined) {
      // What was over it, and not locked, is gone now.
      if (await holdsSame(replica, key, sha256)) return 0;
      throw lockedDamage(locked);
    }
  }
  await replica.put(key, { bytes, open: () => hashed(vault, object, options) });
  await confirmStored(replica, key, bytes);
  return bytes;
}

async function* hashed(
  vault: Backend,
  { key, bytes, sha256 }: ObjectCopy,
  { signal, onBytes }: CopyOptions,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const buffer of fromVault(vault.stream(key))) {
    signal.throwIfAborted();
    read += buffer.length;
    if (read > bytes) break;
    hash.update(buffer);
    onBytes?.(buffer.length);
    yield buffer;
  }
  if (read !== bytes || hash.digest('hex') !== sha256) throw damagedSource(key);
}

/** Whose trouble it is has to be known: what the replica's backend throws is not this. */
export async function* fromVault<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    if (isBackendError(error, 'missing')) throw new SourceGone(error.message, { cause: error });
    if (isBackendError(error, 'truncated')) throw damagedSource(error.message, error);
    throw ofVault(error);
  }
}

/** The same for what is not read in pieces. */
export function ofVault(error: unknown): unknown {
  if (!(error instanceof BackendError)) return error;
  return new ReplicaError('replica-source-unreadable', `The vault cannot be read: ${error.message}`, { cause: error });
}

function lockedDamage({ key, until }: LockedObject): ReplicaError {
  return new ReplicaError(
    'replica-locked',
    `What the replica holds of ${key} is damaged, and its bucket keeps it until ${until.toISOString()}. It is replaced after that, or when somebody removes that version before.`,
  );
}

function damagedSource(what: string, cause?: unknown): ReplicaError {
  return new ReplicaError(
    'replica-source-damaged',
    `What the vault holds is not what was stored, and was not copied (${what}). Run "snapback-vault check --read", and see "Damage" in docs/vault.md: the replica may hold a whole copy.`,
    { cause },
  );
}
