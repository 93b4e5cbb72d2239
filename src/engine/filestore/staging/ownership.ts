import { chmod, lchown, type FileHandle } from 'node:fs/promises';

const SET_ID_BITS = 0o6000;

/** What a manifest says about who owns an entry and who may use it. */
interface Owned {
  uid: number;
  gid: number;
  mode: number;
}

/**
 * Gives restored files their owner and mode. Only root can give files away. For anybody else everything
 * belongs to the user who restores; a set-user-id program that was another user's would then run with
 * the rights of this one, so those bits are taken off it.
 */
export class Ownership {
  private readonly uid = process.geteuid?.() ?? -1;
  private readonly gid = process.getegid?.() ?? -1;

  async applyTo(handle: FileHandle, entry: Owned): Promise<void> {
    if (this.uid === 0) await handle.chown(entry.uid, entry.gid);
    // After chown, which clears the set-id bits.
    await handle.chmod(this.modeFor(entry));
  }

  async applyToDirectory(path: Buffer, entry: Owned): Promise<void> {
    if (this.uid === 0) await lchown(path, entry.uid, entry.gid);
    await chmod(path, this.modeFor(entry));
  }

  /** A symbolic link has an owner, but no mode of its own on Linux. */
  async applyToLink(path: Buffer, entry: Owned): Promise<void> {
    if (this.uid === 0) await lchown(path, entry.uid, entry.gid);
  }

  /** Who a new entry goes to, if it is given away, and its mode; the mode is set after the owner. */
  of(entry: Owned): { owner: { uid: number; gid: number } | null; mode: number } {
    return { owner: this.uid === 0 ? { uid: entry.uid, gid: entry.gid } : null, mode: this.modeFor(entry) };
  }

  private modeFor(entry: Owned): number {
    const sameOwner = this.uid === 0 || (entry.uid === this.uid && entry.gid === this.gid);
    return sameOwner ? entry.mode : entry.mode & ~SET_ID_BITS;
  }
}
