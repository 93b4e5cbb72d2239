import { basename, dirname, join } from 'node:path';

/*
 * What takes a filestore's place is built, and what it replaced is kept, in a directory of our own: the attempt's
 * enclosure. It lies beside the filestore, or in it where that is a mount point (`statesOf`). Nobody but this user gets
 * in, so that whoever may write there can neither put something into our way nor reach what is half made, or was replaced.
 */

/** The longest name that file systems take. */
const MAX_NAME_BYTES = 255;
const ATTEMPT_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** Not the trees themselves, which earlier versions put beside the filestore as they are. */
const ENCLOSURE = /^\..+\.snapback-(?!staged-|kept-)[A-Za-z0-9_-]{1,64}$/;
/** In the name of an enclosure inside of a mount point, in place of the filestore's own: it is known for ours whatever that is called. */
const INSIDE = 'this-mount';
/** How the trees in it are called. A recovery adds its epoch, an undo its own id. */
const TREE = /(staged|kept)(-[A-Za-z0-9_-]+)?(\.e\d+\.[0-9a-f]{6})?$/;

/**
 * Where an attempt builds the directory that will replace a live one: an absolute path, in its enclosure, which is a hidden
 * directory on the same file system: in the one `statesOf` tells, beside the live one unless said otherwise. The attempt's id makes it
 * unique; the live name, cut off where it has to be, only helps the person who finds it.
 */
export function stagedDirectoryName(livePath: string, attemptId: string, states = dirname(livePath)): string {
  requireAttemptId(attemptId);
  const suffix = `.snapback-${attemptId}`;
  const whose = states === livePath ? INSIDE : basename(livePath);
  const name = cutToBytes(whose, MAX_NAME_BYTES - 1 - suffix.length);
  return join(states, `.${name}${suffix}`, 'staged');
}

/** Where the previous state of a live directory is kept after a cutover: in the enclosure in which the new one was built. */
export function keptDirectoryName(stagedPath: string): string {
  return join(dirname(stagedPath), 'kept');
}

/** The same for what is swapped with a kept directory: in the same enclosure, by another attempt's name. */
export function keptAgainName(keptPath: string, attemptId: string): string {
  requireAttemptId(attemptId);
  return join(dirname(keptPath), basename(keptPath).replace(TREE, `kept-${attemptId}`));
}

/** Whether a directory with this path is an enclosure. Judged by its name alone. */
export function isEnclosure(path: string): boolean {
  return ENCLOSURE.test(basename(path));
}

/** Whether what is built or kept at this path lies in an enclosure that was made inside of a mount point. Judged by its name alone. */
export function isInMountPoint(path: string): boolean {
  return basename(dirname(path)).startsWith(`.${INSIDE}.snapback-`);
}

/** The directory in which a filestore lies, or the enclosure that it is in. */
export function outsideOf(path: string): string {
  const container = dirname(path);
  return isEnclosure(container) ? dirname(container) : container;
}

function requireAttemptId(attemptId: string): void {
  if (!ATTEMPT_ID.test(attemptId)) throw new TypeError('An attempt id has 1 to 64 letters, digits, "-" or "_".');
}

/** At most so many bytes of a text's start, never a part of a character. */
function cutToBytes(text: string, maxBytes: number): string {
  let end = text.length;
  while (Buffer.byteLength(text.slice(0, end)) > maxBytes) end -= 1;
  // A pair of surrogates that was cut in half counts three bytes too, so look at what is left.
  return text.slice(0, end).isWellFormed() ? text.slice(0, end) : text.slice(0, end - 1);
}
