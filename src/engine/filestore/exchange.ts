import { lstat, mkdtemp, open, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EngineError } from '../engine-error.js';
import { displayPath } from './encoded-path.js';
import { errnoOf, reasonOf, unwritable } from './filestore-failure.js';
import { renameExchange } from './libc.js';

/** What the kernel answers where an exchange is impossible, whatever the two paths are. */
const UNSUPPORTED = new Set(['EINVAL', 'ENOSYS', 'EXDEV', 'EBUSY', 'EOPNOTSUPP']);
/** The longest name is 255 bytes; a recovery adds up to 20 to it. */
const MAX_NAME_BYTES = 235;
const ATTEMPT_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Where the directory that will replace a live one is built: an absolute path, a hidden sibling of it,
 * so that both are on one file system. The attempt's id makes it unique; the live name, cut off where
 * it has to be, only helps the person who finds it.
 */
export function stagedDirectoryName(livePath: string, attemptId: string): string {
  return siblingOf(livePath, 'staged', attemptId);
}

/** Where the previous state of a live directory is kept after a cutover: an absolute path, hidden, a sibling. */
export function keptDirectoryName(livePath: string, attemptId: string): string {
  return siblingOf(livePath, 'kept', attemptId);
}

function siblingOf(livePath: string, role: string, attemptId: string): string {
  if (!ATTEMPT_ID.test(attemptId)) throw new TypeError('An attempt id has 1 to 64 letters, digits, "-" or "_".');
  const suffix = `.snapback-${role}-${attemptId}`;
  const name = cutToBytes(basename(livePath), MAX_NAME_BYTES - 1 - Buffer.byteLength(suffix));
  return join(dirname(livePath), `.${name}${suffix}`);
}

/** At most so many bytes of a text's start, never a part of a character. */
function cutToBytes(text: string, maxBytes: number): string {
  let end = text.length;
  while (Buffer.byteLength(text.slice(0, end)) > maxBytes) end -= 1;
  // A pair of surrogates that was cut in half counts three bytes too, so look at what is left.
  return text.slice(0, end).isWellFormed() ? text.slice(0, end) : text.slice(0, end - 1);
}

/**
 * Exchanges two directories in one step: whoever looks finds the one or the other under each name,
 * never nothing. When it resolves, the exchange also survives a power cut.
 *
 * Rejects with `EngineError('filestore-exchange-unsupported')` (another file system, a mount point, a
 * file system that cannot), `'filestore-missing'` or `'filestore-unwritable'`: nothing was exchanged
 * then. `'cutover-incomplete'`: exchanged, but perhaps not durable. Two exchanges cancel out, so a
 * caller that does not know decides by inode and never by trying again.
 */
export async function exchangeDirectories(a: string, b: string): Promise<void> {
  try {
    renameExchange(Buffer.from(a), Buffer.from(b));
  } catch (error) {
    throw exchangeFailure(a, b, error);
  }
  try {
    for (const parent of new Set([dirname(a), dirname(b)])) await syncDirectory(parent);
  } catch (error) {
    throw new EngineError(
      'cutover-incomplete',
      `The directories "${shown(a)}" and "${shown(b)}" were exchanged, but it is not certain that this survives a power cut: ${reasonOf(error)}.`,
      { cause: error },
    );
  }
}

/** Makes renames, creations and removals in a directory survive a power cut. Rejects with an errno `code`. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Tries a real exchange of two temporary directories: the only way to know, since it depends on the
 * kernel, the file system and sometimes the container. Nothing is left behind. Rejects with
 * `EngineError('filestore-exchange-unsupported' | 'filestore-missing' | 'filestore-unwritable' | 'disk-full')`.
 */
export async function probeExchange(parent: string): Promise<void> {
  const made: string[] = [];
  try {
    for (const side of ['a', 'b']) made.push(await temporaryDirectory(parent, side));
    const [a, b] = made as [string, string];
    const before = await inodesOf(a, b);
    await exchangeDirectories(a, b);
    const after = await inodesOf(a, b);
    if (after[0] !== before[1] || after[1] !== before[0])
      throw unsupported(parent, 'it reported success and did nothing');
  } finally {
    for (const path of made) await rmdir(path).catch(() => undefined);
  }
}

async function temporaryDirectory(parent: string, side: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, `.snapback-probe-${side}-`));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') throw missing(parent, error);
    throw unwritable(Buffer.from(parent), error);
  }
}

async function inodesOf(a: string, b: string): Promise<[bigint, bigint]> {
  return [(await lstat(a, { bigint: true })).ino, (await lstat(b, { bigint: true })).ino];
}

function exchangeFailure(a: string, b: string, error: unknown): EngineError {
  const code = errnoOf(error);
  if (code === undefined || UNSUPPORTED.has(code)) return unsupported(dirname(a), reasonOf(error), error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return missing(`${a}" or "${b}`, error);
  return unwritable(Buffer.from(dirname(a)), error);
}

function missing(path: string, cause: unknown): EngineError {
  return new EngineError('filestore-missing', `The directory "${shown(path)}" does not exist.`, { cause });
}

function unsupported(parent: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'filestore-exchange-unsupported',
    `Directories in "${shown(parent)}" cannot be exchanged in one step: ${reason}. Use a local Linux file system such as ext4, xfs or btrfs, and a filestore that is not a mount point itself.`,
    { cause },
  );
}

function shown(path: string): string {
  return displayPath(Buffer.from(path));
}
