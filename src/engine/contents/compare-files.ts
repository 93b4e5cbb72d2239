import type { Listing } from '../../vault/listing/listing.js';
import { OF_FILES } from '../../vault/listing/listing-key.js';
import { fileSize } from '../../vault/manifests/manifest.js';
import { type FilestorePart, isPart } from './browse-files.js';
import { changedEntries, type ChangedOptions } from './changed-entries.js';

/** What of something that is in both is not the same. `kind`: it was a file and is a directory, say; then nothing else is looked at. */
export type FileAspect = 'kind' | 'content' | 'target' | 'mode' | 'owner' | 'time';

export type FileChange = { key: string } & (
  | { change: 'added'; before: undefined; after: FilestorePart; aspects: [] }
  | { change: 'removed'; before: FilestorePart; after: undefined; aspects: [] }
  | { change: 'changed'; before: FilestorePart; after: FilestorePart; aspects: FileAspect[] }
);

export interface FileCounts {
  addedCount: number;
  removedCount: number;
  changedCount: number;
  unchangedCount: number;
  /** Of files that are in one of the two only, or whose content is another one. */
  addedBytes: number;
  removedBytes: number;
}

/**
 * What has changed in the filestore from one snapshot to another, by directory and name. What lies below a directory that is in one of the two only is
 * told of as well. The time of a directory says nothing that its entries do not say. Rejects as the listings do.
 */
export async function* fileChanges(
  before: Listing,
  after: Listing,
  options: Omit<ChangedOptions, 'alsoSame'> = {},
): AsyncGenerator<FileChange> {
  for await (const changed of changedEntries(before, after, OF_FILES, options)) {
    const { key } = changed;
    const was = changed.before !== undefined && isPart(changed.before) ? changed.before : undefined;
    const is = changed.after !== undefined && isPart(changed.after) ? changed.after : undefined;
    if (was === undefined && is !== undefined) yield { key, change: 'added', before: was, after: is, aspects: [] };
    if (was !== undefined && is === undefined) yield { key, change: 'removed', before: was, after: is, aspects: [] };
    if (was === undefined || is === undefined) continue;
    const aspects = aspectsOf(was, is);
    if (aspects.length > 0) yield { key, change: 'changed', before: was, after: is, aspects };
    // By inode, or another time of change: nothing that anybody gets back.
    else options.same?.(1);
  }
}

export async function countFileChanges(before: Listing, after: Listing): Promise<FileCounts> {
  const counts = { addedCount: 0, removedCount: 0, changedCount: 0, unchangedCount: 0, addedBytes: 0, removedBytes: 0 };
  const same = (count: number) => (counts.unchangedCount += count);
  for await (const { change, before: was, after: is, aspects } of fileChanges(before, after, { same })) {
    counts[`${change}Count`] += 1;
    if (change === 'changed' && !aspects.includes('content') && !aspects.includes('kind')) continue;
    counts.addedBytes += sizeOf(is);
    counts.removedBytes += sizeOf(was);
  }
  return counts;
}

function aspectsOf(was: FilestorePart, is: FilestorePart): FileAspect[] {
  if (was.kind !== is.kind) return ['kind'];
  const aspects: FileAspect[] = [];
  if (was.kind === 'file' && is.kind === 'file' && !isSameContent(was, is)) aspects.push('content');
  if (was.kind === 'symlink' && is.kind === 'symlink' && was.target !== is.target) aspects.push('target');
  if (was.mode !== is.mode) aspects.push('mode');
  if (was.uid !== is.uid || was.gid !== is.gid) aspects.push('owner');
  if (was.kind !== 'directory' && was.mtimeNs !== is.mtimeNs) aspects.push('time');
  return aspects;
}

/** Of files with holes what is between them may be the same, and they may be elsewhere. */
function isSameContent(was: FilestorePart & { kind: 'file' }, is: FilestorePart & { kind: 'file' }): boolean {
  return (
    was.content.sha256 === is.content.sha256 &&
    fileSize(was) === fileSize(is) &&
    JSON.stringify(was.sparse?.runs) === JSON.stringify(is.sparse?.runs)
  );
}

function sizeOf(part: FilestorePart | undefined): number {
  return part?.kind === 'file' ? fileSize(part) : 0;
}
