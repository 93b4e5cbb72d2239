import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { unreadable } from './filestore-failure.js';
import { joinBytes, readDirectory } from './read-directory.js';
import {
  attributes,
  keepsChanging,
  KIND_ATTEMPTS,
  look,
  type ScannedDirectory,
  type ScannedEntry,
} from './scanned-entry.js';
import { TreeRoot } from './tree-root.js';

/** Names of one directory that are looked at at once: enough that the threads behind `fs` need not be woken for each. */
const NAMES_AT_ONCE = 64;

/** Directories read side by side, each of which may be waiting for a disk or a server. */
const DIRECTORIES_AT_ONCE = 8;

export interface ScanOptions {
  signal: AbortSignal;
  /** Only this path and what is below it, relative to the root. */
  from?: Buffer;
}

/**
 * Everything in a directory, the directory itself first and each directory before what it contains,
 * otherwise in no particular order. Several directories are read side by side, but none before everything above
 * it has been taken. Symbolic links are reported and never followed. What disappears while it is scanned is
 * left out. Memory grows with the directories that wait to be read and with the names in the few that are read, not
 * with the number of files.
 *
 * `root` has to be a real path. Throws `EngineError('filestore-missing' | 'filestore-not-a-directory')`
 * for the root, `'filestore-unreadable'` naming the path for whatever cannot be looked at, and
 * `signal.reason` when aborted.
 */
export async function* scanFilestore(root: string, options: ScanOptions): AsyncIterable<ScannedEntry> {
  const tree = await TreeRoot.open(root);
  try {
    const pending: Buffer[] = [options.from ?? Buffer.alloc(0)];
    while (pending.length > 0) {
      yield* scanDirectories(tree, pending.splice(-DIRECTORIES_AT_ONCE), pending, options.signal);
    }
    await tree.confirm();
  } finally {
    await tree.close();
  }
}

/** Some directories and what lies directly in them; directories found there are added to `pending`. */
async function* scanDirectories(
  tree: TreeRoot,
  paths: Buffer[],
  pending: Buffer[],
  signal: AbortSignal,
): AsyncIterable<ScannedEntry> {
  signal.throwIfAborted();
  const listed: OpenDirectory[] = [];
  try {
    const found = await everyOne(paths, async (path): Promise<ScannedEntry | undefined> => {
      const opened = await openDirectory(tree, path);
      if ('kind' in opened) return opened.kind === 'gone' ? undefined : opened;
      listed.push({ handle: opened.handle, path, names: batches(opened.handle, path) });
      return { kind: 'directory', ...attributes(path, opened.stats) };
    });
    for (const entry of found) if (entry !== undefined) yield entry;
    let open = listed;
    while (open.length > 0) {
      signal.throwIfAborted();
      const rounds = await everyOne(open, lookAtSome);
      open = open.filter((_, index) => rounds[index] !== undefined);
      for (const entry of rounds.flat()) {
        if (entry === undefined) continue;
        if (entry.kind === 'directory') pending.push(entry.path);
        else yield entry;
      }
    }
  } finally {
    for (const { handle, names } of listed) {
      await names.return(undefined);
      await handle.close();
    }
  }
}

interface OpenDirectory {
  path: Buffer;
  handle: FileHandle;
  names: AsyncGenerator<Buffer[]>;
}

/** The next names of a directory, as entries; undefined when there are no more. */
async function lookAtSome({ path, handle, names }: OpenDirectory): Promise<(ScannedEntry | undefined)[] | undefined> {
  const next = await names.next();
  if (next.done === true) return undefined;
  return await everyOne(next.value, (name) => look(handle, joinBytes(path, name), name));
}

/** Like `Promise.all`, but it has no work under way when it rejects: what that uses can be closed. */
async function everyOne<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

type Opened = { handle: FileHandle; stats: BigIntStats } | Exclude<ScannedEntry, ScannedDirectory> | { kind: 'gone' };

/** The directory, or what took its place since its parent was listed. */
async function openDirectory(tree: TreeRoot, path: Buffer): Promise<Opened> {
  for (let attempt = 1; attempt <= KIND_ATTEMPTS; attempt += 1) {
    const opened = await tree.openDirectory(path);
    if (opened === 'gone') return { kind: 'gone' };
    if (opened !== 'replaced') return opened;
    const found = await tree.inParent(path, (parent, name) => look(parent, path, name));
    if (found === undefined) return { kind: 'gone' };
    if (found.kind !== 'directory') return found;
  }
  throw keepsChanging(path);
}

/**
 * A directory's names, so many at once, each once: POSIX lets a name be listed twice that is removed and
 * created again meanwhile, and what is in a snapshot twice could not be restored.
 */
async function* batches(handle: FileHandle, path: Buffer): AsyncGenerator<Buffer[]> {
  const seen = new Set<string>();
  let batch: Buffer[] = [];
  try {
    for await (const { name } of readDirectory(`/proc/self/fd/${handle.fd}`)) {
      const key = name.toString('latin1');
      if (seen.has(key)) continue;
      seen.add(key);
      batch.push(name);
      if (batch.length < NAMES_AT_ONCE) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  if (batch.length > 0) yield batch;
}
