import { EngineError } from '../engine-error.js';

/** Says what a failing system call on what is being written means. Other errors are thrown as they are. */
export async function onOutput<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new EngineError('disk-full', `There is no room for the snapshot at ${path}.`, { cause: error });
    }
    throw new EngineError('filestore-unwritable', `The snapshot cannot be written to ${path} (${code}).`, {
      cause: error,
    });
  }
}
