import { closeSync, constants, fchmodSync, fchownSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dataRuns } from '../staging/data-runs.js';
import { setOpenMtime, startWriteBack } from '../libc.js';
import { withinFd } from '../paths/long-path.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** The disk gets smaller files with all that is left in the end: most files are smaller, most bytes are not, and being asked for each file is what takes it time. */
const LEAST_WRITE_BACK_BYTES = 64 * 1024;

/** A whole file to be made. */
export interface SmallFile {
  /** Relative to the directory that is being built. */
  path: Uint8Array;
  /** Null leaves it to whoever makes it. */
  owner: { uid: number; gid: number } | null;
  mode: number;
  mtimeNs: bigint;
}

/**
 * Does what `writeFile` does, with a content that is there, and blocks its thread meanwhile: one system call after
 * the other, where asking another thread for each takes longer than the calls. Throws with an errno `code`.
 */
export function writeNew(directory: number, file: SmallFile, content: Buffer): void {
  const path = withinFd(directory, file.path);
  // Nobody else may open it before it has its final owner and mode.
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeContent(fd, content);
    if (file.owner) fchownSync(fd, file.owner.uid, file.owner.gid);
    // After the owner, whose change clears the set-id bits.
    fchmodSync(fd, file.mode);
    // Last, since writing changes it.
    setOpenMtime(fd, file.mtimeNs);
    if (content.length >= LEAST_WRITE_BACK_BYTES) startWriteBack(fd);
  } finally {
    closeSync(fd);
  }
}

function writeContent(fd: number, content: Buffer): void {
  let end = 0;
  for (const run of dataRuns(content)) {
    for (let at = run.start; at < run.end;) at += writeSync(fd, content, at, run.end - at, at);
    end = run.end;
  }
  if (end < content.length) ftruncateSync(fd, content.length);
}
