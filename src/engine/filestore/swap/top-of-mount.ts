import type { EncodedPath } from '../../../vault/manifests/manifest.js';
import { EngineError } from '../../engine-error.js';
import { identityIn, type KnownDirectories } from '../paths/directory-identity.js';
import { displayPath, encodePath } from '../paths/encoded-path.js';
import { tamperedWith } from '../paths/held-path.js';
import { isOfFileSystem, isOwnName, mayBeOfFileSystem } from '../paths/own-names.js';
import { readDirectory } from '../paths/read-directory.js';
import { TreeRoot } from '../paths/tree-root.js';
import { HeldMount, look } from './held-mount.js';
import { attributesOf, type TopAttributes } from './top-attributes.js';

/**
 * So many entries at the top of a mount point, of the state that is live and of the one that takes its place, can be exchanged one by one:
 * they are written down before, several times, while the environment is closed.
 */
export const MOST_TOP_ENTRIES = 4_096;

/** An entry at the top of a mount point, of one state: plain data. */
export interface TopEntry {
  name: EncodedPath;
  /** As `identityOf` says. */
  inode: string;
}

/** What both states of a mount point have at the top, whatever is where: plain data. What has come since is nobody's, and belongs to the old one. */
export interface MountTop {
  old: TopEntry[];
  new: TopEntry[];
  oldTop: TopAttributes;
  newTop: TopAttributes;
}

/** The mount point and the directory inside of it that holds the other state's entries. Which state is where only the entries tell. */
export interface KnownMount extends KnownDirectories {
  top: MountTop;
}

/**
 * Names at the top of a mount point that belong to a state, in the order of the file system: neither ours nor the file system's own. Stops
 * after `limit`. Throws with an errno `code`.
 */
export async function* namesAtTop(directory: Buffer, limit: number): AsyncIterable<Buffer> {
  let found = 0;
  for await (const { name } of readDirectory(directory)) {
    if (isOwnName(name) || isKeptByFileSystem(directory, name)) continue;
    if ((found += 1) > limit) return;
    yield name;
  }
}

function isKeptByFileSystem(directory: Buffer, name: Buffer): boolean {
  if (!mayBeOfFileSystem(name)) return false;
  const stats = look(Buffer.concat([directory, Buffer.from('/'), name]));
  return stats !== undefined && isOfFileSystem(name, stats.ino);
}

/**
 * Notes what both states have at the top. Rejects with `EngineError('filestore-exchange-unsupported')` when they cannot be exchanged
 * entry by entry, `'filestore-missing'`, or `'filestore-tampered'` when one of the directories is another than is known.
 */
export async function noteTop(stagedPath: string, known: KnownDirectories): Promise<MountTop> {
  const held = await HeldMount.hold(stagedPath);
  if (held === undefined) throw new EngineError('filestore-missing', `"${stagedPath}" is not there.`);
  try {
    const [live, other] = [look(held.live), look(held.other)];
    if (live === undefined || other === undefined || !held.isBoth(known))
      throw tamperedWith(
        stagedPath,
        'whose content was to be exchanged, or the mount point it is in, is another one now',
      );
    return {
      old: await entriesOf(held.live, (name) => held.inLive(name)),
      new: await stagedEntriesOf(held),
      oldTop: attributesOf(live),
      newTop: attributesOf(other),
    };
  } finally {
    await held.close();
  }
}

/** Why the top of a mount point cannot be exchanged as it is, in a sentence; undefined when it can. Rejects as `TreeRoot.open` does. */
export async function topProblem(mountPoint: string): Promise<string | undefined> {
  const root = await TreeRoot.open(mountPoint);
  try {
    let count = 0;
    for await (const _ of namesAtTop(Buffer.from(`/proc/self/fd/${root.fd}`), MOST_TOP_ENTRIES + 1)) count += 1;
    return count > MOST_TOP_ENTRIES ? tooMany(`The mount point "${displayPath(Buffer.from(mountPoint))}"`) : undefined;
  } finally {
    await root.close();
  }
}

async function entriesOf(directory: Buffer, at: (name: Buffer) => Buffer): Promise<TopEntry[]> {
  const entries: TopEntry[] = [];
  for await (const name of namesAtTop(directory, MOST_TOP_ENTRIES + 1)) {
    const stats = look(at(name));
    if (stats !== undefined) entries.push({ name: encodePath(name), inode: identityIn(stats) });
    if (entries.length > MOST_TOP_ENTRIES) throw unsupported(tooMany('One of the two states'));
  }
  return entries;
}

/** What is at the top of a snapshot may have a name that would be taken for ours, or the file system's, once it is at the top of the mount. */
async function stagedEntriesOf(held: HeldMount): Promise<TopEntry[]> {
  for await (const { name } of readDirectory(held.other))
    if (isOwnName(name))
      throw unsupported(
        `The state to put in place has "${displayPath(name)}" at its top, a name that the service uses itself at the top of a mount point; roll back into a filestore that is none.`,
      );
  const entries = await entriesOf(held.other, (name) => held.inOther(name));
  return entries.filter(({ name }) => !standsFixed(held, name));
}

/** It stays where the file system has it, and what was captured of it before that was known stays where it is. */
function standsFixed(held: HeldMount, name: EncodedPath): boolean {
  return name === encodePath(Buffer.from('lost+found')) && isKeptByFileSystem(held.live, Buffer.from('lost+found'));
}

function tooMany(what: string): string {
  return `${what} has more than ${MOST_TOP_ENTRIES} entries at the top, which are exchanged one by one; put them into directories, or use a filestore below the mount point.`;
}

function unsupported(message: string): EngineError {
  return new EngineError('filestore-exchange-unsupported', message);
}
