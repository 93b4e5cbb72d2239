import { VaultError } from './vault-error.js';

/** The operating system's name for a failure, such as `ENOENT`; undefined when it was none. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}

/** What `work` resolves to, or undefined when the file it is about is not there. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Turns what the operating system said while the vault was written into a `VaultError`; others stay as they are. */
export function toWriteError(root: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    const message = `The vault at ${root} is full. Free space there, or delete snapshots and collect what they held.`;
    return new VaultError('disk-full', message, { cause: error });
  }
  const message = `The vault at ${root} cannot be written (${errno}). Check the directory, its owner and its disk.`;
  return new VaultError('vault-unwritable', message, { cause: error });
}

/** Runs what writes to the vault, and only that: a failing source must not be blamed on the vault. */
export async function writingTo<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toWriteError(root, error);
  }
}
