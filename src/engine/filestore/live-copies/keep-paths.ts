import { closeSync, constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, symlink } from 'node:fs/promises';
import { errnoOf } from '../../../vault/errno.js';
import { BoundedTasks } from '../../concurrency/bounded-tasks.js';
import type { WorkContext } from '../../progress.js';
import { isUnreadable } from '../filestore-failure.js';
import { setMtime, syncFileSystem } from '../libc.js';
import { isNoted } from '../paths/directory-identity.js';
import { displayPath } from '../paths/encoded-path.js';
import { HeldPath, tamperedWith } from '../paths/held-path.js';
import { openParent, withinFd, withPath } from '../paths/long-path.js';
import { joinBytes, splitBytes } from '../paths/read-directory.js';
import { removeHeld } from '../paths/remove-tree.js';
import { scanLeftOut } from '../scan/scan-filestore.js';
import type { Scanned, ScannedEntry } from '../scan/scanned-entry.js';
import { Ownership } from '../staging/ownership.js';
import { PRIVATE } from '../staging/tree-builder.js';
import { LiveFiles } from './live-files.js';
import { TouchedDirectories } from './touched-directories.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
/** Files on their way to the threads that copy. */
const COPIES_AT_ONCE = 64;
/** So many of what could not be kept are named. */
const NAMED = 10;
/** What a disk says that is full, or a quota that is used up. */
const NO_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

export interface PathsToKeep {
  livePath: string;
  stagedPath: string;
  /** What the staged directory is, as `identityOf` says. */
  stagedIdentity: string;
  /** Patterns of what the staged one has not, as `PathRules` takes them. */
  leftOut: readonly string[];
}

export interface KeptPaths {
  files: number;
  directories: number;
  links: number;
  /** What is live and has no place in the staged directory, or could not be copied: the first of them as people are shown them, and how many. */
  notKept: { names: string[]; count: number };
  /** The disk was full, so that none of it is there. */
  lacksRoom: boolean;
}

/**
 * Copies what a snapshot has left out from the live directory into the staged one, as it is now: files as clones where the file system can, never as
 * further names. Sockets, fifos and devices are left to those who make them. Nothing else of the staged directory changes. What an attempt before
 * has copied is replaced.
 *
 * Rejects with `EngineError('filestore-tampered')` when the staged directory is another one, as `scanFilestore` does, with an errno `code` when
 * it cannot be written, or with `signal.reason`; what of the left out is there then is not known.
 */
export async function keepPaths(request: PathsToKeep, context: WorkContext): Promise<KeptPaths> {
  const { stagedPath, stagedIdentity } = request;
  const held = await HeldPath.hold(stagedPath);
  try {
    const stats = await held?.look();
    if (held === undefined || !stats?.isDirectory() || !isNoted(stats, stagedIdentity))
      throw tamperedWith(stagedPath, 'which was built, is not the one that was built');
    const handle = await open(held.at as unknown as string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      await removeLeftOut(handle, request, context.signal);
      return await copyAll(handle, request, context);
    } finally {
      await handle.close();
    }
  } finally {
    await held?.close();
  }
}

async function copyAll(handle: FileHandle, request: PathsToKeep, context: WorkContext): Promise<KeptPaths> {
  const { signal } = context;
  const live = await LiveFiles.open(request.livePath, new Date(), handle, signal);
  try {
    return await new Keeping(handle, live, request, context).run();
  } catch (error) {
    signal.throwIfAborted();
    if (!NO_SPACE.has(errnoOf(error) ?? '')) throw error;
    await removeLeftOut(handle, request, signal);
    return { files: 0, directories: 0, links: 0, notKept: { names: [], count: 0 }, lacksRoom: true };
  } finally {
    await live.close();
  }
}

/** What the patterns name in the staged directory, which no snapshot has put there. */
async function removeLeftOut(handle: FileHandle, request: PathsToKeep, signal: AbortSignal): Promise<void> {
  const { stagedPath, leftOut } = request;
  const parents = new TouchedDirectories(handle);
  for await (const entries of scanLeftOut(stagedPath, { signal, leftOut })) {
    for (const { path } of entries) {
      await parents.open(splitBytes(path).directory);
      await withPath(handle, path, (at) => removeHeld(at, joinBytes(Buffer.from(stagedPath), path))).catch(
        (error: unknown) => {
          // It went with the directory that it was in.
          if (errnoOf(error) !== 'ENOENT') throw error;
        },
      );
    }
  }
  await parents.finish();
}

class Keeping {
  private readonly ownership = new Ownership();
  private readonly kept: KeptPaths = {
    ...{ files: 0, directories: 0, links: 0, lacksRoom: false },
    notKept: { names: [], count: 0 },
  };
  /** Made here, parents first. */
  private readonly made = new Map<string, Scanned>();
  private readonly parents: TouchedDirectories;

  constructor(
    private readonly handle: FileHandle,
    private readonly live: LiveFiles,
    private readonly request: PathsToKeep,
    private readonly context: WorkContext,
  ) {
    this.parents = new TouchedDirectories(handle);
  }

  async run(): Promise<KeptPaths> {
    const { livePath, leftOut } = this.request;
    const { signal } = this.context;
    const copies = new BoundedTasks(COPIES_AT_ONCE, signal);
    try {
      for await (const entries of scanLeftOut(livePath, { signal, leftOut })) {
        for (const entry of entries) await this.add(entry, copies);
      }
      await copies.finish();
    } catch (error) {
      await copies.abandon(error);
      throw error;
    }
    for (const [key, entry] of [...this.made].toReversed()) {
      await withPath(this.handle, Buffer.from(key, 'latin1'), async (at) => {
        await this.ownership.applyToDirectory(at, entry);
        setMtime(at, entry.mtimeNs);
      });
    }
    await this.parents.finish();
    await syncFileSystem(this.handle.fd);
    return this.kept;
  }

  private async add(entry: ScannedEntry, copies: BoundedTasks): Promise<void> {
    const { path } = entry;
    if (entry.kind === 'special' && entry.type !== 'unreadable') return;
    if (entry.kind === 'special' || !(await this.hasPlace(path))) return this.pass(path);
    if (entry.kind === 'file') return copies.start(() => this.addFile(path));
    if (entry.kind === 'directory') {
      await this.put(path, async (at) => {
        await mkdir(at, { mode: PRIVATE });
        this.made.set(path.toString('latin1'), entry);
        this.kept.directories += 1;
      });
      return;
    }
    await this.put(path, async (at) => {
      await symlink(entry.target, at);
      await this.ownership.applyToLink(at, entry);
      setMtime(at, entry.mtimeNs);
      this.kept.links += 1;
    });
  }

  /** Whether there is a directory for it, reached through no link. */
  private async hasPlace(path: Buffer): Promise<boolean> {
    const { directory } = splitBytes(path);
    if (this.made.has(directory.toString('latin1')) || this.parents.has(directory)) return true;
    try {
      const parent = openParent(this.handle.fd, path);
      try {
        await lstat(withinFd(parent, Buffer.from('.')));
      } finally {
        closeSync(parent);
      }
    } catch (error) {
      if (NO_PLACE.has(errnoOf(error) ?? '')) return false;
      throw error;
    }
    await this.parents.open(directory);
    return true;
  }

  private async put(path: Buffer, make: (at: Buffer) => Promise<void>): Promise<void> {
    await withPath(this.handle, path, make).catch((error: unknown) => {
      // The snapshot has something there.
      if (errnoOf(error) !== 'EEXIST') throw error;
      this.pass(path);
    });
  }

  private async addFile(path: Buffer): Promise<void> {
    const of = ({ uid, gid, mode }: { uid: bigint; gid: bigint; mode: bigint }) =>
      this.ownership.of({ uid: Number(uid), gid: Number(gid), mode: Number(mode) & 0o7777 });
    const outcome = await this.live.copyNow(path, of).catch((error: unknown) => {
      if (errnoOf(error) === 'EEXIST' || isUnreadable(error)) return 'unreadable' as const;
      throw error;
    });
    if (outcome === 'copied') this.kept.files += 1;
    else if (outcome !== 'gone') this.pass(path);
    this.context.progress.report({ phase: 'verify', message: `Keeping what is live: ${this.kept.files} files` });
  }

  private pass(path: Buffer): void {
    const { notKept } = this.kept;
    notKept.count += 1;
    if (notKept.names.length < NAMED) notKept.names.push(displayPath(path));
  }
}

/** What the system says of a path that leads through nothing, or through a link or a file. */
const NO_PLACE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);
