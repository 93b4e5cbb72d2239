import type { BigIntStats } from 'node:fs';
import { isNoted } from '../paths/directory-identity.js';
import { decodeRelativePath } from '../paths/encoded-path.js';
import { type HeldMount, look } from './held-mount.js';
import type { MountTop, TopEntry } from './top-of-mount.js';

/** `either`: neither state has anything at the top that is there to be seen, so that both are there. */
export type TopSide = 'old' | 'new' | 'partly' | 'either';

/** The entries of both states at the top of a mount point, to be known again by inode, wherever they are. */
export class TopEntries {
  private readonly newOnes: ReadonlyMap<string, TopEntry>;
  private readonly newNames: ReadonlySet<string>;

  constructor(private readonly top: MountTop) {
    this.newOnes = new Map(top.new.map((entry) => [inodeIn(entry), entry]));
    this.newNames = new Set(top.new.map(({ name }) => keyOf(decodeRelativePath(name))));
  }

  /** Whose it is. What nobody has noted came late, and is the old state's. */
  sideOf(stats: BigIntStats): 'old' | 'new' {
    const noted = this.newOnes.get(String(stats.ino));
    return noted !== undefined && isNoted(stats, noted.inode) ? 'new' : 'old';
  }

  hasNew(name: Buffer): boolean {
    return this.newNames.has(keyOf(name));
  }

  /**
   * Which state's entries are at the top of the mount point. Nobody but us takes anything out of the directory inside, so that what was
   * noted in it and is not there has been moved out, whatever an application did with it since; of the old ones only those count that are found.
   */
  side(held: HeldMount): TopSide {
    const sides = new Set<'old' | 'new'>();
    for (const { name, inode } of this.top.new)
      sides.add(isThere(held.inOther(decodeRelativePath(name)), inode) ? 'old' : 'new');
    for (const { name, inode } of this.top.old) {
      const path = decodeRelativePath(name);
      if (isThere(held.inLive(path), inode)) sides.add('old');
      if (isThere(held.inOther(path), inode)) sides.add('new');
    }
    if (sides.size === 2) return 'partly';
    return [...sides][0] ?? 'either';
  }

  /** The same when the directory inside is gone, by the top of the mount point alone. */
  sideWithoutOther(live: Buffer): TopSide | 'unknown' {
    const { old: before, new: after } = this.top;
    if (before.length === 0 && after.length === 0) return 'either';
    const [isOld, isNew] = [this.isAnyOldIn(live), after.some((entry) => isIn(live, entry))];
    if (isOld === isNew) return 'unknown';
    return isOld ? 'old' : 'new';
  }

  isAnyOldIn(directory: Buffer): boolean {
    return this.top.old.some((entry) => isIn(directory, entry));
  }
}

function isIn(directory: Buffer, { name, inode }: TopEntry): boolean {
  return isThere(Buffer.concat([directory, Buffer.from('/'), decodeRelativePath(name)]), inode);
}

function isThere(path: Buffer, inode: string): boolean {
  const stats = look(path);
  return stats !== undefined && isNoted(stats, inode);
}

function inodeIn({ inode }: TopEntry): string {
  return inode.split(':')[1]!;
}

function keyOf(name: Buffer): string {
  return name.toString('latin1');
}
