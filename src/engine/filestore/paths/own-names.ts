/*
 * Where a filestore is a mount point, what Snapback builds and keeps lies at its top, among the application's own entries. These
 * are the only names it uses there, and there they belong to no state: nobody captures, compares, exchanges or counts them.
 */

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** An enclosure; and what a probe makes. */
const OWN = new RegExp(`^\\.((this-mount|probe)\\.snapback-${UUID}|snapback-probe-(${UUID}|clock-[A-Za-z0-9]{6}))$`);
/** Longer than any of them. */
const LONGEST_BYTES = 64;

/** The inode of `lost+found` where a file system has one that it needs itself: of ext2, ext3 and ext4. */
const LOST_AND_FOUND_INODE = 11n;

/** Whether a name at the top of a mount point is one that Snapback makes there. */
export function isOwnName(name: Buffer): boolean {
  return name.length <= LONGEST_BYTES && name[0] === 0x2e && OWN.test(name.toString('latin1'));
}

/** Whether an entry at the top of a mount point may be what the file system itself keeps there; `isOfFileSystem` knows. */
export function mayBeOfFileSystem(name: Buffer): boolean {
  return name.equals(LOST_AND_FOUND);
}

/** Whether it is: that stays where it is, and is in no snapshot. */
export function isOfFileSystem(name: Buffer, inode: bigint): boolean {
  return inode === LOST_AND_FOUND_INODE && mayBeOfFileSystem(name);
}

const LOST_AND_FOUND = Buffer.from('lost+found');
