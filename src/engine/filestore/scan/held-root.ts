import { closeSync, constants, openSync } from 'node:fs';
import { errnoOf, unreadable } from '../filestore-failure.js';
import { liesAt, OPEN_ATTEMPTS, OTHER_KIND, withinFd } from '../tree-root.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** A `TreeRoot` that another thread holds open: its descriptor, and the path it had when it was opened. */
export interface HeldRoot {
  fd: number;
  path: Buffer;
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
      // "." because the entry in /proc/self/fd is itself a symbolic link.
      const path = withinFd(root.fd, relative.length === 0 ? Buffer.from('.') : relative);
      fd = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (liesAt(fd, root.path, relative)) return fd;
      closeSync(fd);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      const code = errnoOf(error);
      if (code === 'ENOENT') return 'gone';
      if (code !== undefined && OTHER_KIND.has(code)) return 'replaced';
      throw unreadable(relative, error);
    }
  }
  return 'gone';
}
