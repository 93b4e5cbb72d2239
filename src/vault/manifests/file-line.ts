import { MAX_LINE_BYTES } from './line-splitter.js';
import { lineOf } from './manifest-parser.js';
import type { EncodedPath, FileEntry } from './manifest.js';

/** A file of one chunk, without holes, and known again by its identity: nearly all there are. All as the line has it. */
export interface PlainFile {
  path: EncodedPath;
  bytes: string;
  mtimeNs: string;
  ctimeNs: string;
  inode: string;
  /** Of its content, which is its chunk. */
  sha256: string;
}

const PLAIN_FILE = new RegExp(
  [
    String.raw`^\{"kind":"file","path":"((?:utf8|base64):[^"\\]*)","mode":\d{1,4},"uid":\d{1,10},"gid":\d{1,10},`,
    String.raw`"mtimeNs":"(-?\d{1,20})","identity":\{"ctimeNs":"(-?\d{1,20})","inode":"(-?\d{1,20})"\},`,
    String.raw`"content":\{"bytes":([1-9]\d{0,8}),"sha256":"([0-9a-f]{64})","chunks":\[\{"id":"\6","bytes":\5\}\]\}\}\n$`,
  ].join(''),
);

/**
 * What a line of a manifest says, if it is that of a plain file as this program writes it; undefined for everything else, which is for
 * `parseEntry`. It takes a third of the time, and leaves little behind to be collected.
 */
export function plainFileIn(line: string): PlainFile | undefined {
  const found = PLAIN_FILE.exec(line);
  if (found === null) return undefined;
  const [, path, mtimeNs, ctimeNs, inode, bytes, sha256] = found as unknown as [string, EncodedPath, ...string[]];
  return { path, mtimeNs: mtimeNs!, ctimeNs: ctimeNs!, inode: inode!, bytes: bytes!, sha256: sha256! };
}

/** The line of a file, newline and all. Throws an `Error` where it is too long for one. */
export function fileLine(entry: FileEntry): string {
  const line = `${JSON.stringify(lineOf(entry))}\n`;
  // Counted only where it may be too long: a character has three bytes at the most.
  if (line.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(line) > MAX_LINE_BYTES) throw tooLong();
  return line;
}

export function tooLong(): Error {
  return new Error('The entry has too many chunks for one line of a manifest.');
}
