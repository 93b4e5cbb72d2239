import { errnoOf } from '../../vault/errno.js';
import { EngineError } from '../engine-error.js';
import { displayPath } from './paths/encoded-path.js';

interface Meaning {
  reason: string;
  /** What a person does about it. */
  advice: string;
}

const FILE_SERVER = 'Look whether the file server answers, mount it again if it does not, and try again.';
const DISK = 'Look into the log of the kernel and check the disk before anything else.';
const RIGHTS = 'Give the worker the right to it.';
const OPEN_FILES = 'Raise the limit of open files.';
const TOO_LONG = 'Give it a shorter name, or one in less deep a directory.';

const MEANINGS: Record<string, Meaning> = {
  EACCES: { reason: 'permission denied', advice: RIGHTS },
  EPERM: { reason: 'the operation is not permitted', advice: RIGHTS },
  EIO: { reason: 'the disk reported an error', advice: DISK },
  EUCLEAN: { reason: 'the file system is damaged', advice: DISK },
  ENODATA: { reason: 'the disk lost it', advice: DISK },
  EREMOTEIO: { reason: 'the file server reported an error', advice: FILE_SERVER },
  ESTALE: { reason: 'the network file system lost it', advice: FILE_SERVER },
  ENOTCONN: { reason: 'its file system is not connected', advice: FILE_SERVER },
  ETIMEDOUT: { reason: 'the file server does not answer', advice: FILE_SERVER },
  EHOSTDOWN: { reason: 'the file server is down', advice: FILE_SERVER },
  EHOSTUNREACH: { reason: 'the file server cannot be reached', advice: FILE_SERVER },
  EEXIST: { reason: 'something is there already', advice: 'Move it away.' },
  ENOENT: { reason: 'it does not exist', advice: 'Look who removes it meanwhile.' },
  ENOTDIR: { reason: 'something on the way to it is no directory', advice: 'Look who changes it meanwhile.' },
  ENOTEMPTY: { reason: 'something keeps writing into it', advice: 'Stop what writes there.' },
  EBUSY: { reason: 'something is mounted there', advice: 'Unmount it.' },
  ELOOP: { reason: 'symbolic links on the way to it lead in a circle, or are too many', advice: 'Mend the links.' },
  ENAMETOOLONG: { reason: 'its path is too long', advice: TOO_LONG },
  EILSEQ: {
    reason: 'the file system does not take such a name',
    advice: 'Give it another name, or use another file system.',
  },
  EINVAL: { reason: 'the file system does not take it', advice: 'Use another file system, or another name.' },
  EFBIG: { reason: 'it is too large for the file system', advice: 'Use a file system that takes files of this size.' },
  EROFS: { reason: 'the file system is read-only', advice: `Mount it writable. ${DISK}` },
  EMFILE: { reason: 'this process has too many files open', advice: OPEN_FILES },
  ENFILE: { reason: 'this machine has too many files open', advice: OPEN_FILES },
  ENOMEM: { reason: 'the system is out of memory', advice: 'Give it more memory, and try again.' },
  EMLINK: {
    reason: 'the directory has as many entries as its file system takes',
    advice: 'Spread them over more directories.',
  },
};

/** A system call's reason in words, with the errno for those who want to look it up. */
export function reasonOf(error: unknown): string {
  const code = errnoOf(error);
  if (!code) return 'an unexpected error';
  const meaning = MEANINGS[code];
  return meaning ? `${meaning.reason} (${code})` : code;
}

/** What a failed read means: the path is named, the driver's words are the cause. */
export function unreadablePath(path: Buffer, cause: unknown): EngineError {
  const message = `Cannot read "${displayPath(path)}" in the filestore: ${reasonOf(cause)}. ${adviceFor(path, cause, READING)}`;
  return new EngineError('filestore-unreadable', message, { cause });
}

/** What is wrong with one file, and not with the machine or the way to it. */
const OF_ONE_FILE = new Set(['EACCES', 'EPERM', 'EIO', 'EUCLEAN', 'ENODATA', 'ENAMETOOLONG', 'ELOOP']);

/** Whether a failure says of one file or directory that it cannot be read, so that others may well be. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof EngineError) || error.code !== 'filestore-unreadable') return false;
  return OF_ONE_FILE.has(errnoOf(error.cause) ?? '');
}

/** What a failed write means; a full disk or a used-up quota has a code of its own. */
export function unwritable(path: Buffer, cause: unknown): EngineError {
  const code = errnoOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The disk is full (${code}): "${displayPath(path)}" could not be written. Free some space and try again.`;
    return new EngineError('disk-full', message, { cause });
  }
  const message = `Cannot write "${displayPath(path)}": ${reasonOf(cause)}. ${adviceFor(path, cause)}`;
  return new EngineError('filestore-unwritable', message, { cause });
}

/** Where a file may also be left out. */
const READING: Record<string, string> = {
  EACCES: 'Make it readable for the worker, or remove it.',
  EPERM: 'Make it readable for the worker, or remove it.',
  EIO: `${DISK} Bring the file back from a copy, or remove it.`,
};

/** What to do about a failed system call, in a sentence or two. */
export function adviceFor(path: Buffer, cause: unknown, instead: Record<string, string> = {}): string {
  const code = errnoOf(cause) ?? '';
  if (code === 'ENAMETOOLONG') return `${sizesOf(path)} ${TOO_LONG}`;
  return instead[code] ?? MEANINGS[code]?.advice ?? `Try again; if it stays, look into the log of the kernel.`;
}

/** Which part of a path is too long is not what the system says. */
function sizesOf(path: Buffer): string {
  // latin1 gives every byte a character of its own.
  const names = path
    .toString('latin1')
    .split('/')
    .filter((name) => name !== '');
  const longest = names.reduce((most, name) => (name.length > most.length ? name : most), '');
  const shown = displayPath(Buffer.from(longest, 'latin1'));
  return `It has ${path.length} bytes in ${names.length} names, the longest of which, "${shown}", has ${longest.length}.`;
}
