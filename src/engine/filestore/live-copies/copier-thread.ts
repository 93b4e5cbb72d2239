import { serveThread } from '../../../vault/threads/serve-thread.js';
import { copyUnchanged, type UnchangedFile } from './copy-unchanged.js';

/** Two directories that are held open, and where the first one was then. */
export interface CopierStart {
  live: { fd: number; path: Uint8Array };
  target: number;
}

/** The entry point of a copying thread, started by live-files.ts. */
serveThread(({ live, target }: CopierStart, isHurried) => {
  const root = { fd: live.fd, path: Buffer.from(live.path) };
  return (file: UnchangedFile): boolean => copyUnchanged(root, target, file, isHurried);
});
