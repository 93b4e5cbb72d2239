import { lstat, realpath, stat, statfs } from 'node:fs/promises';
import { EngineError } from '../../engine-error.js';
import { isMountPoint, readMountPoints } from '../paths/mount-points.js';
import { statesOf } from '../paths/states-place.js';
import { probeExchange } from '../swap/exchange.js';
import { topProblem } from '../swap/top-of-mount.js';
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
  /** Where staged and kept directories would lie: beside it, or in it where it is a mount point. */
  parent: string;
  parentWritable: boolean;
  /** Its entries are exchanged one by one then. */
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
 * Looks at a filestore without changing it, but for two temporary directories where the other states lie, that prove
 * whether an exchange works. Never rejects because of what it finds: that is in the facts.
 */
export async function gatherFilestoreFacts(path: string): Promise<FilestoreFacts> {
  const link = await orUndefined(lstat(path));
  const realPath = await orUndefined(realpath(path));
  const found = await orUndefined(stat(path, { bigint: true }));
  const isMount = realPath !== undefined && (await isMountPoint(realPath));
  const parent = await statesOf(path);
  const mounts = realPath === undefined ? [] : await readMountPoints();
  return {
    path,
    exists: found !== undefined,
    isDirectory: found?.isDirectory() ?? false,
    isSymlink: link?.isSymbolicLink() ?? false,
    ...(realPath !== undefined && { realPath }),
    ...(found && { inode: String(found.ino), device: String(found.dev) }),
    parent,
    isMountPoint: isMount,
    mountsBelow: mounts.filter((mount) => mount.startsWith(`${realPath}/`)),
    openFiles: realPath === undefined ? [] : await programsWithOpenFiles(realPath),
    ...(await spaceOf(parent)),
    ...(await exchangeIn(parent, isMount)),
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
  isMount: boolean,
): Promise<Pick<FilestoreFacts, 'parentWritable' | 'exchangeSupported' | 'exchangeProblem'>> {
  try {
    await probeExchange(parent);
    const exchangeProblem = isMount ? await topProblem(parent) : undefined;
    if (exchangeProblem !== undefined) return { parentWritable: true, exchangeSupported: false, exchangeProblem };
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
