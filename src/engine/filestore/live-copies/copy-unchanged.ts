import { closeSync, constants, fchmodSync, fchownSync, fstatSync, ftruncateSync, openSync, unlinkSync } from 'node:fs';
import type { DataRun } from '../../../vault/manifests/manifest.js';
import { mayHaveHoles, nextData } from '../reading/file-holes.js';
import { copyFileRange, holesOf, setOpenMtime, startWriteBack } from '../libc.js';
import { withinFd } from '../paths/long-path.js';
import { liesAt } from '../paths/tree-root.js';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** What a live file has to be to be copied. */
export interface LiveState {
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  inode: bigint;
}

export interface UnchangedFile {
  path: Uint8Array;
  /** Null leaves it to whoever makes it. */
  owner: { uid: number; gid: number } | null;
  mode: number;
  state: LiveState;
}

/** One system call copies no more, so that a large file can be stopped in the middle. */
const COPIED_AT_ONCE = 64 * 1024 * 1024;

/** What a disk says that is full, or a quota that is used up: the same would happen to what comes from the vault. */
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Copies a file of one open directory, with its holes, to the same place in another one, provided that it is, before
 * and after, exactly what is asked for. Returns false, having left nothing, when it is not, when it cannot be read, or
 * when `isHurried` says so. Blocks its thread. Throws with an errno `code` when the copy cannot be written.
 */
export function copyUnchanged(
  live: { fd: number; path: Buffer },
  target: number,
  file: UnchangedFile,
  isHurried: () => boolean,
): boolean {
  const relative = Buffer.from(file.path.buffer, file.path.byteOffset, file.path.byteLength);
  const from = openLive(live, relative);
  if (from === undefined) return false;
  try {
    if (!isAsCaptured(from, file.state)) return false;
    const path = withinFd(target, relative);
    // Nobody else may open it before it has its final owner and mode.
    const to = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    let copied = false;
    try {
      copied = copyContent(from, to, Number(file.state.size), isHurried) && isAsCaptured(from, file.state);
      if (copied) finish(to, file);
    } finally {
      closeSync(to);
      if (!copied) unlinkSync(path);
    }
    return copied;
  } finally {
    closeSync(from);
  }
}

function openLive(live: { fd: number; path: Buffer }, relative: Buffer): number | undefined {
  let fd: number | undefined;
  try {
    const path = withinFd(live.fd, relative);
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (liesAt(fd, live.path, relative)) return fd;
  } catch {
    // Gone, replaced, or not ours to read.
  }
  if (fd !== undefined) closeSync(fd);
  return undefined;
}

function isAsCaptured(fd: number, { size, mtimeNs, ctimeNs, inode }: LiveState): boolean {
  const stats = fstatSync(fd, { bigint: true });
  return (
    stats.isFile() &&
    stats.size === size &&
    stats.mtimeNs === mtimeNs &&
    stats.ctimeNs === ctimeNs &&
    stats.ino === inode
  );
}

/** False when the live file ends early or cannot be read, when this kernel cannot copy between the two, or when stopped. */
function copyContent(from: number, to: number, size: number, isHurried: () => boolean): boolean {
  try {
    let end = 0;
    for (const { offset, bytes } of dataOf(from, size)) {
      for (let done = 0; done < bytes;) {
        if (isHurried()) return false;
        const copied = copyFileRange(from, to, offset + done, Math.min(COPIED_AT_ONCE, bytes - done));
        if (copied === 0) return false;
        done += copied;
      }
      end = offset + bytes;
    }
    if (end < size) ftruncateSync(to, size);
    return true;
  } catch (error) {
    if (NO_SPACE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

function* dataOf(fd: number, size: number): Generator<DataRun> {
  if (!mayHaveHoles(fstatSync(fd, { bigint: true }))) return yield { offset: 0, bytes: size };
  const holes = holesOf(fd);
  for (let run = nextData(holes, 0, size); run !== undefined; run = nextData(holes, run.offset + run.bytes, size)) {
    yield run;
  }
}

function finish(fd: number, { owner, mode, state }: UnchangedFile): void {
  if (owner) fchownSync(fd, owner.uid, owner.gid);
  // After the owner, whose change clears the set-id bits.
  fchmodSync(fd, mode);
  // Last, since writing changes it.
  setOpenMtime(fd, state.mtimeNs);
  startWriteBack(fd);
}
