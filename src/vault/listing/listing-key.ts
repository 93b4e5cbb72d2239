import type { EncodedPath, ManifestEntry } from '../manifests/manifest.js';

/*
 * The order of a listing. A key is text of characters up to U+00FF, one a byte, so that comparing text compares bytes. It begins with a letter for what
 * it is the key of, and parts are set apart by U+0000, which is in no name: whatever lies in one directory, or in one schema, is side by side.
 */

const APART = '\0';
const FILES = 'f';
const OTHERS = 'o';
const SEGMENTS = 's';
const TABLES = 't';

/** Of files, directories and links. */
export const OF_FILES = FILES;
/** Of tables, left out ones too; sorted by schema, then by name. */
export const OF_TABLES = TABLES;
/** Of everything that is no file, table or segment, in the manifest's order. */
export const OF_OTHERS = OTHERS;

/** The key of an entry; `number`: which one it is in its manifest, from 0. */
export function keyOf(entry: ManifestEntry, number: number): string {
  switch (entry.kind) {
    case 'file':
    case 'directory':
    case 'symlink':
      return keyOfPath(bytesOfPath(entry.path));
    case 'table':
      return keyOfTable(entry);
    case 'left-out':
      // In its place: of each table there is one or the other.
      return entry.of === 'unreadable' ? `${OTHERS}${hex(number)}` : keyOfTable(entry);
    case 'segment':
      return `${segmentsOf(entry.table)}${hex(entry.fromBlock)}`;
    default:
      return `${OTHERS}${hex(number)}`;
  }
}

function keyOfTable({ schema, name }: { schema: string; name: string }): string {
  return `${TABLES}${bytesOfText(schema)}${APART}${bytesOfText(name)}`;
}

/** Of what is at a path, given as bytes (one character each); the root is the empty path. */
export function keyOfPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${entriesIn(slash === -1 ? '' : path.slice(0, slash))}${path.slice(slash + 1)}`;
}

/** What the keys of all that lies in a directory begin with. That of the root itself is this and nothing more. */
export function entriesIn(directory: string): string {
  return `${FILES}${directory}${APART}`;
}

/** What the keys of all that lies in a directory or deeper begin with, one of these; they ascend. */
export function entriesBelow(directory: string): string[] {
  return directory === '' ? [FILES] : [entriesIn(directory), `${FILES}${directory}/`];
}

/** What the keys of all segments of a table begin with; they are in the order of their blocks. */
export function segmentsOf(table: number): string {
  return `${SEGMENTS}${hex(table)}`;
}

/** A path as bytes, one character each. */
export function bytesOfPath(path: EncodedPath): string {
  return path.startsWith('base64:')
    ? Buffer.from(path.slice('base64:'.length), 'base64').toString('latin1')
    : bytesOfText(path.slice('utf8:'.length));
}

export function bytesOfText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Numbers in their order. */
function hex(number: number): string {
  return number.toString(16).padStart(12, '0');
}
