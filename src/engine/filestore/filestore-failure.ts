import { EngineError } from '../engine-error.js';
import { displayPath } from './encoded-path.js';

/** The errno name of a failed system call, or undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return error instanceof Error && typeof code === 'string' ? code : undefined;
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  EIO: 'the disk reported an error',
  ESTALE: 'the network file system lost it',
  EEXIST: 'something is there already',
  ENOENT: 'it does not exist',
  ENOTEMPTY: 'something keeps writing into it',
  EBUSY: 'something is mounted there',
  ENAMETOOLONG: 'its path is too long',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process has too many files open',
  ENFILE: 'this machine has too many files open',
};

/** A system call's reason in words, with the errno for those who want to look it up. */
export function reasonOf(error: unknown): string {
  const code = errnoOf(error);
  if (!code) return 'an unexpected error';
  const reason = REASONS[code];
  return reason ? `${reason} (${code})` : code;
}

/** What a failed read means: the path is named, the driver's words are the cause. */
export function unreadable(path: Buffer, cause: unknown): EngineError {
  const message = `Cannot read "${displayPath(path)}" in the filestore: ${reasonOf(cause)}. Make it readable for the worker, or remove it.`;
  return new EngineError('filestore-unreadable', message, { cause });
}

/** What a failed write means; a full disk or a used-up quota has a code of its own. */
export function unwritable(path: Buffer, cause: unknown): EngineError {
  const code = errnoOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk is full (${code}): "${displayPath(path)}" could not be written. Free some space and try again.`;
    return new EngineError('disk-full', message, { cause });
  }
  return new EngineError('filestore-unwritable', `Cannot write "${displayPath(path)}": ${reasonOf(cause)}.`, { cause });
}
