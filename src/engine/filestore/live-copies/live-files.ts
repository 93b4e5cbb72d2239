import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type FileEntry, fileSize } from '../../../vault/manifests/manifest.js';
import { Thread } from '../../../vault/threads/thread.js';
import { ThreadPool } from '../../../vault/threads/thread-pool.js';
import { TreeRoot } from '../paths/tree-root.js';
import type { CopierStart } from './copier-thread.js';
import type { UnchangedFile } from './copy-unchanged.js';

/** Threads that copy: one makes a file while another one waits for the disk. */
const THREADS = 2;

/** Files one message to a thread names. */
const FILES_A_MESSAGE = 16;

/**
 * A file must have been left alone for so long before the snapshot was begun. Writes through a shared memory mapping
 * stamp a file when they first touch a page, and not again until the kernel has written that page out, 35 seconds
 * later by default: within that time its content can change after the capture without its times telling.
 */
const SETTLED_MS = 60_000;

/** How often a file that is being written to is copied anew. */
const NOW_ATTEMPTS = 5;

export interface CopiedFile {
  /** Relative to both directories. */
  path: Buffer;
  /** As `Ownership.of()` says. */
  owner: { uid: number; gid: number } | null;
  mode: number;
}

/**
 * The files that are live now, which are for the most part still what the snapshot has: those are cloned, where the
 * file system can (XFS, Btrfs), or copied, which takes a fraction of reading them from the vault. They are told by
 * size, times and inode, as a differential capture tells them.
 */
export class LiveFiles {
  private readonly threads: ThreadPool<UnchangedFile, boolean>;
  private readonly hurry = (): void => this.threads.hurry();

  private constructor(
    private readonly live: TreeRoot,
    private readonly capturedMs: number,
    target: FileHandle,
    private readonly signal: AbortSignal,
  ) {
    const { fd, path } = live;
    const start: CopierStart = { live: { fd, path }, target: target.fd };
    this.threads = new ThreadPool({
      count: THREADS,
      start: () => new Thread('copier-thread', import.meta.url, start),
      questionsAMessage: FILES_A_MESSAGE,
    });
    if (signal.aborted) this.hurry();
    else signal.addEventListener('abort', this.hurry, { once: true });
  }

  /**
   * `capturedAt`: when the snapshot was begun. `target`: the directory being built, held open. `signal` ends copies
   * that take long. Rejects as `TreeRoot.open` does. Whoever opens it closes it, when all copies have ended.
   */
  static async open(livePath: string, capturedAt: Date, target: FileHandle, signal: AbortSignal): Promise<LiveFiles> {
    return new LiveFiles(await TreeRoot.open(livePath), capturedAt.getTime(), target, signal);
  }

  /**
   * Creates the file with its content, owner, mode and times. Resolves to false, having made nothing, when the live
   * one is not certain to be what was captured. Rejects with `signal.reason`, or with an errno `code` when the new one
   * cannot be written.
   */
  async copy(file: CopiedFile, entry: FileEntry): Promise<boolean> {
    const { identity } = entry;
    const size = fileSize(entry);
    if (identity === undefined || size === 0) return false;
    const ctimeNs = BigInt(identity.ctimeNs);
    if (this.capturedMs - Number(ctimeNs / 1_000_000n) < SETTLED_MS) return false;
    const state = {
      size: BigInt(size),
      mtimeNs: BigInt(entry.mtimeNs),
      ctimeNs,
      inode: BigInt(identity.inode),
    };
    return this.threads.ask({ ...file, state }).finally(() => this.signal.throwIfAborted());
  }

  /**
   * Creates the file as it is now, whatever that is; `of` says whose it is and who may use it. Resolves to why it has made nothing: it is gone,
   * or it was written to each time. Rejects with `EngineError('filestore-unreadable')`, or as `copy` does.
   */
  async copyNow(
    path: Buffer,
    of: (stats: BigIntStats) => Omit<CopiedFile, 'path'>,
  ): Promise<'copied' | 'gone' | 'changing'> {
    for (let attempt = 1; attempt <= NOW_ATTEMPTS; attempt += 1) {
      const opened = await this.live.openFile(path);
      if (typeof opened === 'string') return 'gone';
      await opened.handle.close();
      const { size, mtimeNs, ctimeNs, ino: inode } = opened.stats;
      const file = { path, ...of(opened.stats), state: { size, mtimeNs, ctimeNs, inode } };
      if (await this.threads.ask(file).finally(() => this.signal.throwIfAborted())) return 'copied';
    }
    return 'changing';
  }

  async close(): Promise<void> {
    this.signal.removeEventListener('abort', this.hurry);
    await this.threads.close();
    await this.live.close();
  }
}
