import { type BigIntStats, constants } from 'node:fs';
import { lookAtName } from '../libc.js';

const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK, S_IFSOCK, S_IFIFO } = constants;
const NS_PER_SECOND = 1_000_000_000n;
/** Of `struct statx`: what lies where. */
const At = { links: 16, uid: 20, gid: 24, mode: 28, inode: 32, size: 40, ctime: 96, mtime: 112 } as const;
const STATX_BYTES = 256;

/** What of a `stat` says what an entry is. */
export type EntryStats = Pick<
  BigIntStats,
  | 'mode'
  | 'uid'
  | 'gid'
  | 'size'
  | 'nlink'
  | 'ino'
  | 'mtimeNs'
  | 'ctimeNs'
  | 'isFile'
  | 'isDirectory'
  | 'isSymbolicLink'
  | 'isSocket'
  | 'isFIFO'
>;

/** Of any file system, without the NUL behind it; 255 of most. */
const LONGEST_NAME_BYTES = 4095;

/** Of one call after the other: a thread is at one of them at a time, and memory of its own for each takes longer than the call. */
const asked = Buffer.alloc(LONGEST_NAME_BYTES + 1);
const told = Buffer.alloc(STATX_BYTES);
const view = new DataView(told.buffer, told.byteOffset, STATX_BYTES);

/**
 * What a name in an open directory stands for, links not followed. Takes half as long as `lstatSync` of a path below `/proc/self/fd`,
 * which the kernel has to go along for each of them. Blocks its thread. Throws with an errno `code`.
 */
export function lookAt(directory: number, name: Buffer): EntryStats {
  // Longer than a path can be, so that the kernel refuses what is cut off as well.
  asked[name.copy(asked, 0, 0, LONGEST_NAME_BYTES)] = 0;
  lookAtName(directory, asked, told);
  return new Look(
    BigInt(view.getUint16(At.mode, true)),
    BigInt(view.getUint32(At.uid, true)),
    BigInt(view.getUint32(At.gid, true)),
    view.getBigUint64(At.size, true),
    BigInt(view.getUint32(At.links, true)),
    view.getBigUint64(At.inode, true),
    timeAt(At.mtime),
    timeAt(At.ctime),
  );
}

function timeAt(offset: number): bigint {
  return view.getBigInt64(offset, true) * NS_PER_SECOND + BigInt(view.getUint32(offset + 8, true));
}

class Look implements EntryStats {
  constructor(
    readonly mode: bigint,
    readonly uid: bigint,
    readonly gid: bigint,
    readonly size: bigint,
    readonly nlink: bigint,
    readonly ino: bigint,
    readonly mtimeNs: bigint,
    readonly ctimeNs: bigint,
  ) {}

  isFile(): boolean {
    return this.is(S_IFREG);
  }

  isDirectory(): boolean {
    return this.is(S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return this.is(S_IFLNK);
  }

  isSocket(): boolean {
    return this.is(S_IFSOCK);
  }

  isFIFO(): boolean {
    return this.is(S_IFIFO);
  }

  private is(kind: number): boolean {
    return (Number(this.mode) & S_IFMT) === kind;
  }
}
