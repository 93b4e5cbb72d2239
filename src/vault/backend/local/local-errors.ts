import { errnoOf } from '../../errno.js';
import { BackendError, backendErrors } from '../backend-error.js';

/** What the operating system says when a path leads to nothing, or through something that is no directory. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** These stay until somebody changes something; ENOTSUP, EOPNOTSUPP and ENOSYS are file systems without hard links. */
const DENIED = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ELOOP',
  'EXDEV',
  'ENAMETOOLONG',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EISDIR',
  'EEXIST',
]);

export function isAbsent(error: unknown): boolean {
  return ABSENT.has(errnoOf(error) ?? '');
}

/** Turns what the operating system said about an object into a `BackendError`; other errors stay as they are. */
export function toLocalError(root: string, key: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const options = { cause: error };
  if (ABSENT.has(errno)) return backendErrors.missing(key, error);
  if (FULL.has(errno)) {
    return new BackendError('disk-full', `The disk of ${root} is full (${errno}). Free space there.`, options);
  }
  if (DENIED.has(errno)) {
    return new BackendError(
      'denied',
      `${root} cannot be used for ${key} (${errno}). Check the owner and the mode of the directory, and that its file system is one, writable, and has hard links.`,
      options,
    );
  }
  return new BackendError('unavailable', `${root} could not be used for ${key} (${errno}). Check its disk.`, options);
}
