import { lstat, readFile, realpath, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '../../engine-error.js';
import { probeExchange } from '../swap/exchange.js';
import { programsWithOpenFiles } from './open-files.js';

/** What a rollback's plan has to know about the directory it would replace. Nothing in it is a judgement. */
export interface FilestoreFacts {
  /** As asked for. */
  path: string;
  exists: boolean;
  /** True for a symbolic link to a directory too. */
  isDirectory: boolean;
  isSymlink: boolean;
  /** All links resolved; absent when the path leads nowhere. */
  realPath?: string;
  /** Of the real path, decimal. */
  inode?: string;
  /** The number of the file system it lies on, decimal. */
  device?: string;
  /** Where staged and kept directories would lie. */
  parent: string;
  parentWritable: boolean;
  isMountPoint: boolean;
  /** Mount points below it, absolute. */
  mountsBelow: string[];
  /** Free for this user on the parent's file system; 0 when there is no parent. */
  freeBytes: number;
  totalBytes: number;
  /** Programs that have files of it open or work in it, as far as this user may see, at most ten. */
  openFiles: string[];
  exchangeSupported: boolean;
  /** Why not, in a sentence. */
  exchangeProblem?: string;
}

/**
 * Looks at a filestore without changing it, but for two temporary directories beside it that prove
 * whether an exchange works. Never rejects because of what it finds: that is in the facts.
 */
export async function gatherFilestoreFacts(path: string): Promise<FilestoreFacts> {
  const link = await orUndefined(lstat(path));
  const realPath = await orUndefined(realpath(path));
  const found = await orUndefined(stat(path, { bigint: true }));
  const parent = dirname(realPath ?? path);
  const parentStats = await orUndefined(stat(parent, { bigint: true }));
  const mounts = realPath === undefined ? [] : await readMountPoints();
  return {
    path,
    exists: found !== undefined,
    isDirectory: found?.isDirectory() ?? false,
    isSymlink: link?.isSymbolicLink() ?? false,
    ...(realPath !== undefined && { realPath }),
    ...(found && { inode: String(found.ino), device: String(found.dev) }),
    parent,
    // The device differs where the mount is not listed, as for the subvolumes of btrfs.
    isMountPoint: mounts.includes(realPath ?? '') || (found !== undefined && found.dev !== parentStats?.dev),
    mountsBelow: mounts.filter((mount) => mount.startsWith(`${realPath}/`)),
    openFiles: realPath === undefined ? [] : await programsWithOpenFiles(realPath),
    ...(await spaceOf(parent)),
    ...(await exchangeIn(parent)),
  };
}

/** What is free for this user where a directory lies, and what there is in all; 0 when it is not there. */
export async function spaceOf(directory: string): Promise<Pick<FilestoreFacts, 'freeBytes' | 'totalBytes'>> {
  const space = await orUndefined(statfs(directory));
  if (!space) return { freeBytes: 0, totalBytes: 0 };
  return { freeBytes: space.bavail * space.bsize, totalBytes: space.blocks * space.bsize };
}

/** What stands in the way of an exchange where something could be created. */
const WRITABLE: ReadonlySet<string> = new Set(['filestore-exchange-unsupported', 'filestore-tampered', 'disk-full']);

/** Whether something can be created there is known once it was: modes tell less than half of it. */
async function exchangeIn(
  parent: string,
): Promise<Pick<FilestoreFacts, 'parentWritable' | 'exchangeSupported' | 'exchangeProblem'>> {
  try {
    await probeExchange(parent);
    return { parentWritable: true, exchangeSupported: true };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const parentWritable = WRITABLE.has(error.code);
    return { parentWritable, exchangeSupported: false, exchangeProblem: error.message };
  }
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined);
}

/** Where file systems are mounted, as this process sees it. */
export async function readMountPoints(): Promise<string[]> {
  return parseMountPoints(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** The mount points in the text of `/proc/self/mountinfo` (proc(5)): the fifth field of each line. */
export function parseMountPoints(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((field) => field !== undefined)
    .map(unescape);
}

/** Space, tab, newline and backslash are written as three octal digits. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
