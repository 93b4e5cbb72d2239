import { getSystemErrorName, promisify } from 'node:util';
import koffi from 'koffi';

/*
 * The system calls that this engine needs and Node does not offer. They are called through the
 * C library that Node itself is linked with, so nothing has to be compiled or found on disk.
 */

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;
const SYNC_FILE_RANGE_WRITE = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const UTIME_OMIT = (1n << 30n) - 2n;
/** What `stat` tells, and not when a file was born. */
const STATX_BASIC_STATS = 0x7ff;
const NS_PER_SECOND = 1_000_000_000n;

function bind() {
  const library = koffi.load(null);
  const syncfs = library.func('int syncfs(int fd)');
  const lseek = library.func('int64_t lseek(int fd, int64_t offset, int whence)');
  const syncFileRange = library.func('int sync_file_range(int fd, int64_t offset, int64_t bytes, unsigned int flags)');
  return {
    syncFileRange,
    syncFileRangeAsync: promisify((fd: number, done: (error: unknown) => void) =>
      // What it may say is not looked at: see `startWriteBack`.
      syncFileRange.async(fd, 0, 0, SYNC_FILE_RANGE_WRITE, (error: unknown) => done(error)),
    ),
    statx: library.func('int statx(int directory, const void *path, int flags, unsigned int mask, void *statistics)'),
    lseek,
    lseekAsync: promisify((fd: number, offset: number, whence: number, done: (error: unknown, to?: number) => void) => {
      lseek.async(fd, offset, whence, (error: unknown, to: number | bigint) => {
        if (error === null && to < 0) done(systemError('lseek'));
        else done(error, Number(to));
      });
    }),
    renameat2: library.func(
      'int renameat2(int oldDirectory, const void *oldPath, int newDirectory, const void *newPath, unsigned int flags)',
    ),
    utimensat: library.func('int utimensat(int directory, const void *path, const void *times, int flags)'),
    futimens: library.func('int futimens(int fd, const void *times)'),
    copyFileRange: library.func(
      'int64_t copy_file_range(int from, void *fromOffset, int to, void *toOffset, size_t bytes, unsigned int flags)',
    ),
    syncfs: promisify((fd: number, done: (error: unknown) => void) => {
      // errno belongs to the thread that made the call; koffi carries it over for the callback only.
      syncfs.async(fd, (error: unknown, result: number) =>
        done(error ?? (result === 0 ? null : systemError('syncfs'))),
      );
    }),
  };
}

// Bound at the first use, so that importing this file fails nowhere, and using it only off Linux.
let bound: ReturnType<typeof bind> | undefined;
const libc = () => (bound ??= bind());

/** Like the errors of `node:fs`: `code` is the name of the errno. */
function systemError(call: string): NodeJS.ErrnoException {
  const errno = -koffi.errno();
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`${code}: ${call}`), { errno, code, syscall: call });
}

/** Exchanges what two paths name, in one step that nobody can see half of. Throws with an errno `code`. */
export function renameExchange(a: Buffer, b: Buffer): void {
  renameAt(a, b, RENAME_EXCHANGE);
}

/** Gives something another name that nothing has. Throws with an errno `code`: `EEXIST` when something does. */
export function renameToFree(from: Buffer, to: Buffer): void {
  renameAt(from, to, RENAME_NOREPLACE);
}

function renameAt(a: Buffer, b: Buffer, flags: number): void {
  if (libc().renameat2(AT_FDCWD, terminated(a), AT_FDCWD, terminated(b), flags) !== 0) throw systemError('renameat2');
}

/**
 * What `lstat` tells about a name (with a NUL behind it) in an open directory, as `struct statx` in a buffer of 256 bytes, whose layout is the same on all
 * machines. Blocks its thread. Throws with an errno `code`.
 */
export function lookAtName(directory: number, name: Buffer, into: Buffer): void {
  if (libc().statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, into) !== 0) throw systemError('statx');
}

/**
 * Sets the modification time of a path, which is not followed when it is a symbolic link, to the
 * nanosecond. `fs.lutimes` takes a double and is only good for about a microsecond.
 */
export function setMtime(path: Buffer, mtimeNs: bigint): void {
  if (libc().utimensat(AT_FDCWD, terminated(path), timesFor(mtimeNs), AT_SYMLINK_NOFOLLOW) !== 0) {
    throw systemError('utimensat');
  }
}

/** The same for an open file. */
export function setOpenMtime(fd: number, mtimeNs: bigint): void {
  if (libc().futimens(fd, timesFor(mtimeNs)) !== 0) throw systemError('futimens');
}

/**
 * Copies bytes of one open file to the same place in another one, inside the kernel, and returns how many it
 * were; 0 at the end of the first. File systems that can share blocks do that instead. Throws with an errno `code`.
 */
export function copyFileRange(from: number, to: number, offset: number, bytes: number): number {
  const [fromOffset, toOffset] = [BigInt64Array.of(BigInt(offset)), BigInt64Array.of(BigInt(offset))];
  const copied = libc().copyFileRange(from, fromOffset, to, toOffset, bytes, 0) as number | bigint;
  if (copied < 0) throw systemError('copy_file_range');
  return Number(copied);
}

/** Where the next data, or the next hole, of an open file begins; the end of the file is a hole. */
export interface HoleSeeker {
  /** From an offset on. Rejects with an errno `code`: `ENXIO` when there is no more, `EINVAL` where nobody knows. */
  data: (offset: number) => Promise<number>;
  hole: (offset: number) => Promise<number>;
}

/** The same, blocking its thread. */
export interface BlockingHoleSeeker {
  data: (offset: number) => number;
  hole: (offset: number) => number;
}

/** It moves the place at which the file is read, for whoever reads without saying where. */
export function holesOf(fd: number): BlockingHoleSeeker {
  const seek = (whence: number) => (offset: number) => {
    const to = libc().lseek(fd, offset, whence) as number | bigint;
    if (to < 0) throw systemError('lseek');
    return Number(to);
  };
  return { data: seek(SEEK_DATA), hole: seek(SEEK_HOLE) };
}

/** The same on other threads: a file server may take its time. */
export function holesOfAside(fd: number): HoleSeeker {
  const seek = (whence: number) => (offset: number) => libc().lseekAsync(fd, offset, whence) as Promise<number>;
  return { data: seek(SEEK_DATA), hole: seek(SEEK_HOLE) };
}

/**
 * Has the system begin to write an open file to the disk, so that `syncFileSystem` later finds little left. It does not
 * wait for the disk, unless the disk has more to do than it can queue. Only a hint: what fails here, or what this
 * file system cannot do, `syncFileSystem` does and reports.
 */
export function startWriteBack(fd: number): void {
  libc().syncFileRange(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/** The same on a thread of its own. The file stays open until it resolves. */
export function startWriteBackAside(fd: number): Promise<void> {
  return libc().syncFileRangeAsync(fd) as Promise<void>;
}

/**
 * Resolves when everything written to the file system of an open file is on disk. Runs on a thread of
 * its own: it takes as long as the disk needs.
 */
export function syncFileSystem(fd: number): Promise<void> {
  return libc().syncfs(fd) as Promise<void>;
}

/** Two `struct timespec` of 64-bit little-endian numbers: the access time is left alone. */
function timesFor(mtimeNs: bigint): Buffer {
  // Times before 1970 have negative seconds, but never negative nanoseconds.
  const nanoseconds = ((mtimeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const times = Buffer.alloc(32);
  times.writeBigInt64LE(UTIME_OMIT, 8);
  times.writeBigInt64LE((mtimeNs - nanoseconds) / NS_PER_SECOND, 16);
  times.writeBigInt64LE(nanoseconds, 24);
  return times;
}

function terminated(path: Buffer): Buffer {
  if (path.includes(0)) throw new TypeError('A path cannot contain a NUL byte.');
  return Buffer.concat([path, Buffer.of(0)]);
}
