import { isUtf8 } from 'node:buffer';
import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { EngineError, type EngineErrorCode } from '../../engine-error.js';
import { displayPath } from './encoded-path.js';
import { reasonOf } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';

/**
 * The real path of a filestore, all symbolic links resolved, if it is a directory strictly below one of
 * the roots (whose links are resolved too). Use what this returns, never what was passed in: it is what
 * was checked.
 *
 * Rejects with `EngineError('filestore-outside-roots')` (also for a relative path, one with `..`, and
 * anything outside, existing or not: nobody can use this to find out what is there),
 * `'filestore-missing'` or `'filestore-not-a-directory'`.
 */
export async function resolveUnderRoots(path: string, roots: string[]): Promise<string> {
  const reason = reasonNotPlain(path);
  if (reason) throw refusal('filestore-outside-roots', path, reason);
  const realRoots = await realPathsOf(roots);
  const real = await realPathOf(path, [...roots, ...realRoots]);
  if (!isUnderRoots(real, realRoots)) throw outside(path);
  const found = await stat(real).catch((error: unknown) => {
    throw refusal('filestore-missing', path, `cannot be reached: ${reasonOf(error)}`, error);
  });
  if (!found.isDirectory()) throw refusal('filestore-not-a-directory', path, 'is not a directory');
  return real;
}

/**
 * Whether a path lies strictly below one of the roots, judged by its text alone: nothing is looked up,
 * so a symbolic link may still lead elsewhere. A relative path or one with `..` never does.
 */
export function isUnderRoots(path: string, roots: string[]): boolean {
  if (reasonNotPlain(path)) return false;
  return roots.some((root) => {
    if (reasonNotPlain(root)) return false;
    const above = withoutTrailingSlash(normalize(root));
    const below = withoutTrailingSlash(normalize(path));
    // With the slash, "/srv/data" is not above "/srv/database".
    return below.startsWith(above === '/' ? '/' : `${above}/`) && below !== above;
  });
}

function reasonNotPlain(path: string): string | undefined {
  if (!isAbsolute(path)) return 'is not absolute';
  if (path.includes('\0')) return 'contains a NUL character';
  // "x/.." means different directories to a reader and to the kernel when x is a symbolic link.
  if (path.split('/').includes('..')) return 'contains ".."';
  return undefined;
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

async function realPathsOf(roots: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const root of roots) {
    // A root that is not there has nothing below it.
    const real = await realpath(root).catch(() => undefined);
    if (real !== undefined) found.push(real);
  }
  return found;
}

async function realPathOf(path: string, roots: string[]): Promise<string> {
  try {
    const bytes = await realpath(path, { encoding: 'buffer' });
    if (!isUtf8(bytes))
      throw refusal('filestore-missing', path, 'leads to a path that is not UTF-8; choose another name');
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof EngineError) throw error;
    if (!isUnderRoots(path, roots)) throw outside(path);
    if (errnoOf(error) === 'ENOENT' && !(await staysUnderRoots(path, roots))) throw outside(path);
    if (errnoOf(error) === 'ENOENT') throw refusal('filestore-missing', path, 'does not exist', error);
    if (errnoOf(error) === 'ENOTDIR') throw refusal('filestore-not-a-directory', path, 'leads through a file', error);
    throw refusal('filestore-missing', path, `cannot be reached: ${reasonOf(error)}`, error);
  }
}

/**
 * Whether a path that leads nowhere has not left the roots on its way, through a symbolic link: what is
 * missing elsewhere is not ours to tell.
 */
async function staysUnderRoots(path: string, roots: string[]): Promise<boolean> {
  const above = dirname(path);
  const real = await realpath(above).catch(() => undefined);
  if (real === undefined) return above !== path && staysUnderRoots(above, roots);
  const isLink = await readlink(path).then(Boolean, () => false);
  return !isLink && isUnderRoots(join(real, basename(path)), roots);
}

function outside(path: string): EngineError {
  return refusal('filestore-outside-roots', path, 'does not lie below one of the configured filestore roots');
}

function refusal(code: EngineErrorCode, path: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(code, `The filestore path "${displayPath(Buffer.from(path))}" ${reason}.`, { cause });
}
