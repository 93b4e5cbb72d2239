import { bytesOfPath, bytesOfText, entriesBelow, entriesIn, keyOfPath } from '../../vault/listing/listing-key.js';
import type { ListedEntry, Listing } from '../../vault/listing/listing.js';
import type { DirectoryEntry, FileEntry, SymlinkEntry } from '../../vault/manifests/manifest.js';
import { type ContentsPage, hasIn, pageOf, type PageOptions } from './browse.js';

export type FilestorePart = FileEntry | DirectoryEntry | SymlinkEntry;

/** A path in a filestore, empty for the filestore itself: text, or the bytes of what is no UTF-8. */
export type AskedPath = string | Buffer;

/** The entry at a path; undefined where the snapshot has none. Rejects as the listing does. */
export async function fileAt(listing: Listing, path: AskedPath): Promise<FilestorePart | undefined> {
  const entry = await listing.find(keyOfPath(bytesOf(path)));
  return entry !== undefined && isPart(entry) ? entry : undefined;
}

/**
 * A page of what is in a directory, by name; with a search, of what has that in its name there and in all directories below, by directory and name.
 * Empty for what is no directory. Rejects as the listing does.
 */
export function filesPage(
  listing: Listing,
  directory: AskedPath,
  options: PageOptions,
): Promise<ContentsPage<FilestorePart>> {
  const path = bytesOf(directory);
  const prefixes = options.search === undefined ? [entriesIn(path)] : entriesBelow(path);
  return pageOf(listing, prefixes, options, (entry): entry is FilestorePart => {
    // The filestore itself is not in itself.
    return isPart(entry) && nameOf(entry) !== '' && hasIn(nameOf(entry), options.search);
  });
}

/** A path, or the target of a link, as text, with U+FFFD for what is not UTF-8. */
export function textOf(path: string): string {
  return Buffer.from(bytesOfPath(path), 'latin1').toString('utf8');
}

/** The last part of its path as text. */
export function nameOf({ path }: FilestorePart): string {
  const text = textOf(path);
  return text.slice(text.lastIndexOf('/') + 1);
}

export function isPart(entry: ListedEntry): entry is FilestorePart {
  return entry.kind === 'file' || entry.kind === 'directory' || entry.kind === 'symlink';
}

function bytesOf(path: AskedPath): string {
  return typeof path === 'string' ? bytesOfText(path) : path.toString('latin1');
}
