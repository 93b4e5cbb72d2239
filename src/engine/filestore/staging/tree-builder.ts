import { chmod, mkdir, symlink, type FileHandle } from 'node:fs/promises';
import type { DirectoryEntry, FileEntry, SymlinkEntry } from '../../../vault/manifests/manifest.js';
import { EngineError } from '../../engine-error.js';
import type { WorkContext } from '../../progress.js';
import { decodePath, decodeRelativePath, displayPath } from '../paths/encoded-path.js';
import { unwritable } from '../filestore-failure.js';
import { errnoOf } from '../../../vault/errno.js';
import type { LiveFiles } from '../live-copies/live-files.js';
import { setMtime, setOpenMtime, syncFileSystem } from '../libc.js';
import { joinBytes, splitBytes } from '../paths/read-directory.js';
import { withPath } from '../paths/long-path.js';
import { removeHeld } from '../paths/remove-tree.js';
import type { ContentSource } from './content-source.js';
import { FilesWriter } from './files-writer.js';
import { Ownership } from './ownership.js';

/** While it is built nobody but this user gets into the directory, so nobody can put a link in our way. */
export const PRIVATE = 0o700;

export type StagedEntry = FileEntry | DirectoryEntry | SymlinkEntry;

export interface TreeToBuild {
  /** Each directory before what it contains. */
  entries: AsyncIterable<StagedEntry>;
  contents: ContentSource;
}

/** What a directory holds that is made into another one. */
export interface TreeBefore {
  /** Paths of what goes, with all that it contains. */
  gone: readonly Buffer[];
  /** What lies where an entry belongs: the same, another thing of its kind, or nothing. */
  at(path: Buffer, entry: StagedEntry): 'same' | 'other' | 'free';
}

export interface BuiltTree {
  files: number;
  bytes: number;
}

/**
 * Builds one directory from the entries of a manifest, through its handle. Rejects as `stageFilestore` does, and leaves the removing to
 * the caller.
 */
export class TreeBuilder {
  private readonly ownership = new Ownership();
  private readonly result: BuiltTree = { files: 0, bytes: 0 };
  /**
   * The directories made so far, parents first. Only in these may something be created: a path that
   * leads through a symbolic link of the same manifest is not among them.
   */
  private readonly directories = new Map<string, DirectoryEntry | undefined>([['', undefined]]);

  constructor(
    private readonly root: Buffer,
    /**
     * Everything is reached through it: the directory's own path is longer than the live one's, and what
     * had a path just short enough to be captured must also fit when it is restored.
     */
    private readonly handle: FileHandle,
    private readonly live: LiveFiles | undefined,
    private readonly request: TreeToBuild,
    private readonly context: WorkContext,
    /** What lies there already; left out: nothing does. */
    private readonly before?: TreeBefore,
  ) {}

  async build(): Promise<BuiltTree> {
    const files = new FilesWriter(this.handle, this.ownership, {
      signal: this.context.signal,
      contents: this.request.contents,
      ...(this.live && { live: this.live }),
      onBytes: (bytes) => {
        this.result.bytes += bytes;
        this.report();
      },
      onFiles: (files) => {
        this.result.files += files;
        this.report();
      },
      failure: ({ path, entry }, error) => this.failure(path, entry, error),
    });
    try {
      for (const path of this.before?.gone ?? []) await this.remove(path);
      for await (const entry of this.request.entries) {
        this.context.signal.throwIfAborted();
        await this.add(entry, files);
      }
      await files.finish();
    } catch (error) {
      // Nothing may be written any more once the caller removes the directory.
      await files.abandon(error);
      throw error;
    }
    await this.finishDirectories();
    // One call for all of it: an fsync for each of many small files makes the disk wait for each.
    await naming(this.root, () => syncFileSystem(this.handle.fd));
    return this.result;
  }

  private async add(entry: StagedEntry, files: FilesWriter): Promise<void> {
    const relative = decodeRelativePath(entry.path);
    if (relative.length === 0) {
      if (entry.kind !== 'directory') throw damaged(entry, 'takes the place of the root');
      this.directories.set('', entry);
      return;
    }
    if (!this.directories.has(keyOf(splitBytes(relative).directory))) {
      throw damaged(entry, 'is not in a directory that the manifest names before it');
    }
    const place = this.before?.at(relative, entry) ?? 'free';
    if (place === 'same' && entry.kind !== 'directory') return this.keep(entry);
    if (place === 'other' && entry.kind !== 'directory') await this.remove(relative);
    if (entry.kind === 'file') {
      await files.write({ path: relative, entry });
    } else if (entry.kind === 'directory' && place !== 'free') await this.reuseDirectory(relative, entry);
    else if (entry.kind === 'directory') await this.addDirectory(relative, entry);
    else await this.addLink(relative, entry);
  }

  private keep(entry: FileEntry | SymlinkEntry): void {
    if (entry.kind !== 'file') return;
    this.result.files += 1;
    this.result.bytes += entry.content.bytes;
  }

  /** Its mode may forbid what is to be done in it; it gets its own in the end. */
  private async reuseDirectory(relative: Buffer, entry: DirectoryEntry): Promise<void> {
    await naming(joinBytes(this.root, relative), () => withPath(this.handle, relative, (path) => chmod(path, PRIVATE)));
    this.directories.set(keyOf(relative), entry);
  }

  private async remove(relative: Buffer): Promise<void> {
    await withPath(this.handle, relative, (path) => removeHeld(path, joinBytes(this.root, relative)));
  }

  private async addDirectory(relative: Buffer, entry: DirectoryEntry): Promise<void> {
    await this.create(relative, entry, (path) => mkdir(path, { mode: PRIVATE }));
    this.directories.set(keyOf(relative), entry);
  }

  private async addLink(relative: Buffer, entry: SymlinkEntry): Promise<void> {
    const target = decodePath(entry.target);
    if (target.length === 0 || target.includes(0)) throw damaged(entry, 'is a link to nowhere');
    await this.create(relative, entry, async (path) => {
      await symlink(target, path);
      await this.ownership.applyToLink(path, entry);
      setMtime(path, BigInt(entry.mtimeNs));
    });
  }

  /** Makes something new; that something is there already can only be the manifest's doing. */
  private async create(relative: Buffer, entry: StagedEntry, make: (path: Buffer) => Promise<void>): Promise<void> {
    try {
      await withPath(this.handle, relative, make);
    } catch (error) {
      throw this.failure(relative, entry, error);
    }
  }

  private failure(relative: Buffer, entry: StagedEntry, error: unknown): unknown {
    if (errnoOf(error) === 'EEXIST') return damaged(entry, 'is in the manifest twice');
    return asFailure(joinBytes(this.root, relative), error);
  }

  /**
   * Last, since creating something in a directory changes its time and may be forbidden by its mode;
   * children first, since a mode may also forbid to reach them.
   */
  private async finishDirectories(): Promise<void> {
    for (const [key, entry] of [...this.directories].toReversed()) {
      this.context.signal.throwIfAborted();
      if (!entry) continue;
      const relative = Buffer.from(key, 'latin1');
      await naming(joinBytes(this.root, relative), () => this.finishDirectory(relative, entry));
    }
  }

  private async finishDirectory(relative: Buffer, entry: DirectoryEntry): Promise<void> {
    const mtimeNs = BigInt(entry.mtimeNs);
    if (relative.length === 0) {
      await this.ownership.applyTo(this.handle, entry);
      setOpenMtime(this.handle.fd, mtimeNs);
    } else {
      await withPath(this.handle, relative, async (path) => {
        await this.ownership.applyToDirectory(path, entry);
        setMtime(path, mtimeNs);
      });
    }
  }

  private report(): void {
    const { files, bytes } = this.result;
    this.context.progress.report({ phase: 'stage-filestore', filesDone: files, bytesDone: bytes });
  }
}

/** Bytes as a map's key: latin1 gives every byte a character of its own. */
function keyOf(path: Buffer): string {
  return path.toString('latin1');
}

/** Errors of the work get the path's name. */
export async function naming<T>(path: Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFailure(path, error);
  }
}

/** System calls' errors get the path; what a source threw is passed on. */
function asFailure(path: Buffer, error: unknown): unknown {
  return (error as NodeJS.ErrnoException)?.syscall ? unwritable(path, error) : error;
}

function damaged(entry: StagedEntry, reason: string): EngineError {
  return new EngineError('snapshot-damaged', `"${displayPath(entry.path)}" in the manifest ${reason}.`);
}
