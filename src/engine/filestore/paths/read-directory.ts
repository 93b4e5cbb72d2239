import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';

/** Names that one system call may bring into memory; a directory of a million files is never held whole. */
const NAMES_AT_ONCE = 256;

/** For `opendir`. Node gives names as bytes for this encoding; its types do not know it there. */
export const NAMES_AS_BYTES = { encoding: 'buffer' as BufferEncoding, bufferSize: NAMES_AT_ONCE };

/**
 * The entries of a directory, names as bytes, in the order of the file system, in bounded memory.
 * Throws with an errno `code`.
 */
export async function* readDirectory(path: string | Buffer): AsyncIterable<Dirent<Buffer>> {
  for await (const entry of await opendir(path, NAMES_AS_BYTES)) yield entry as unknown as Dirent<Buffer>;
}

/** A name inside a directory, both as bytes; inside the root (the empty path) it is the name alone. */
export function joinBytes(directory: Buffer, name: Buffer): Buffer {
  return directory.length === 0 ? name : Buffer.concat([directory, SLASH, name]);
}

/** The directory of a relative path, and its last name. */
export function splitBytes(path: Buffer): { directory: Buffer; name: Buffer } {
  const slash = path.lastIndexOf(SLASH);
  return { directory: path.subarray(0, Math.max(slash, 0)), name: path.subarray(slash + 1) };
}

const SLASH = Buffer.from('/');
