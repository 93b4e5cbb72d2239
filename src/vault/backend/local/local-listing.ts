import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import type { ListedObject } from '../backend.js';
import { BackendError } from '../backend-error.js';
import { isAbsent } from './local-errors.js';
import type { LocalRoot, OpenDirectory } from './local-root.js';
import { isKeyPart } from '../object-key.js';

/** So many names of a directory are held in memory at most twice over; a larger one is read more than once. */
const NAMES_AT_A_TIME = 20_000;

/** So many files are asked for their size at a time. */
const STATS_AT_A_TIME = 64;

/**
 * The objects below a root in the order of their keys. In memory are a bounded number of names for each level of
 * directories on the way, never all keys.
 */
export async function* listObjects(
  root: LocalRoot,
  prefix: string,
  after: string,
  namesAtATime = NAMES_AT_A_TIME,
): AsyncGenerator<ListedObject> {
  const slash = prefix.lastIndexOf('/');
  const directory = prefix.slice(0, slash + 1);
  yield* listDirectory({ root, prefix, after, namesAtATime }, directory);
}

interface Listing {
  root: LocalRoot;
  prefix: string;
  after: string;
  namesAtATime: number;
}

/** `directory` is empty or ends with a slash, as do the entries that are directories: so they sort as the keys below do. */
async function* listDirectory(listing: Listing, directory: string): AsyncGenerator<ListedObject> {
  const opened = await openIfThere(listing.root, directory);
  if (opened === undefined) return;
  try {
    let last: string | undefined;
    do {
      const names = await nextNames(listing, opened, directory, last);
      last = names.length < listing.namesAtATime ? undefined : names.at(-1);
      for (let at = 0; at < names.length; at += STATS_AT_A_TIME) {
        yield* listNames(listing, opened, directory, names.slice(at, at + STATS_AT_A_TIME));
      }
    } while (last !== undefined);
  } finally {
    await opened.handle.close();
  }
}

async function* listNames(
  listing: Listing,
  opened: OpenDirectory,
  directory: string,
  names: string[],
): AsyncGenerator<ListedObject> {
  const facts = await Promise.all(names.map((name) => (name.endsWith('/') ? undefined : factsOf(opened, name))));
  for (const [at, name] of names.entries()) {
    const found = facts[at];
    if (name.endsWith('/')) yield* listDirectory(listing, directory + name);
    else if (found !== undefined) yield { key: directory + name, ...found };
  }
}

/** The first names after `last` that can have keys of the listing in or below them. Reads the whole directory. */
async function nextNames(listing: Listing, opened: OpenDirectory, directory: string, last = ''): Promise<string[]> {
  let names: string[] = [];
  const cut = () => {
    names = names.toSorted(byteOrder).slice(0, listing.namesAtATime);
  };
  for await (const entry of await opendir(opened.path(), { bufferSize: 1024 })) {
    const name = nameOf(entry, directory);
    if (name === undefined || name <= last || !concerns(listing, directory + name)) continue;
    names.push(name);
    if (names.length >= 2 * listing.namesAtATime) cut();
  }
  cut();
  return names;
}

function nameOf(entry: Dirent, directory: string): string | undefined {
  // What is not ours (lost+found, our own temporary files) has a name that no key has.
  if (!isKeyPart(entry.name)) return undefined;
  if (entry.isDirectory()) return `${entry.name}/`;
  if (entry.isFile()) return entry.name;
  throw new BackendError(
    'denied',
    `${directory}${entry.name} is neither a file nor a directory and hides what a listing must show. Remove it.`,
  );
}

/** Whether an entry is a key of the listing, or a directory that can have some. */
function concerns({ prefix, after }: Listing, entry: string): boolean {
  if (!entry.endsWith('/')) return entry.startsWith(prefix) && entry > after;
  return entry.startsWith(prefix) && (entry > after || after.startsWith(entry));
}

async function factsOf(opened: OpenDirectory, name: string): Promise<{ bytes: number; modifiedAt: Date } | undefined> {
  try {
    const stats = await lstat(opened.path(name));
    return stats.isFile() ? { bytes: stats.size, modifiedAt: stats.mtime } : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function openIfThere(root: LocalRoot, directory: string): Promise<OpenDirectory | undefined> {
  try {
    return await root.openDirectory(directory.split('/').slice(0, -1));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await root.confirm();
    return undefined;
  }
}

/** Names are ASCII, whose code units sort as their bytes do. */
function byteOrder(a: string, b: string): number {
  return a < b ? -1 : 1;
}
