import { closeSync, constants, openSync } from 'node:fs';
import { unreadablePath } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';
import { isTooLongToTell, openParent, withinFd } from '../paths/long-path.js';
import { splitBytes } from '../paths/read-directory.js';
import { liesAt, OPEN_ATTEMPTS, OTHER_KIND } from '../paths/tree-root.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** A `TreeRoot` that another thread holds open: its descriptor, and the path it had when it was opened. */
export interface HeldRoot {
  fd: number;
  path: Buffer;
  /** What is Snapback's own or the file system's at its top is no part of it then. */
  isMountPoint: boolean;
}

/**
 * Opens a directory below the root, as `TreeRoot.openDirectory` does, and blocks its thread meanwhile. The empty path
 * is the root itself. `gone`: nothing is there (any more). `replaced`: something of another kind is. Throws
 * `EngineError('filestore-unreadable')`.
 */
export function openDirectoryBelow(root: HeldRoot, relative: Buffer): number | 'gone' | 'replaced' {
  for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt += 1) {
    let fd: number | undefined;
    try {
      fd = openAt(root, relative);
      // Long ones as `TreeRoot` says.
      if (isTooLongToTell(root.path, relative) || liesAt(fd, root.path, relative)) return fd;
      closeSync(fd);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      const code = errnoOf(error);
      if (code === 'ENOENT') return 'gone';
      if (code !== undefined && OTHER_KIND.has(code)) return 'replaced';
      throw unreadablePath(relative, error);
    }
  }
  return 'gone';
}

function openAt({ fd, path: root }: HeldRoot, relative: Buffer): number {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  // "." because the entry in /proc/self/fd is itself a symbolic link.
  if (!isTooLongToTell(root, relative))
    return openSync(withinFd(fd, relative.length === 0 ? Buffer.from('.') : relative), flags);
  const parent = openParent(fd, relative);
  try {
    return openSync(withinFd(parent, splitBytes(relative).name), flags);
  } finally {
    closeSync(parent);
  }
}
