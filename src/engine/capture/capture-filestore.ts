import type { FileIdentity, ContentRef, ManifestEntry } from '../../vault/manifest.js';
import type { CaptureWriter } from '../../vault/vault.js';
import { BaseFiles } from '../filestore/base-files.js';
import { BoundedTasks } from '../filestore/bounded-tasks.js';
import { displayPath, encodePath } from '../filestore/encoded-path.js';
import { estimateFilestore } from '../filestore/estimate-filestore.js';
import { identityOf } from '../filestore/file-state.js';
import { READ_ATTEMPTS, readFile } from '../filestore/read-file.js';
import { scanFilestore } from '../filestore/scan-filestore.js';
import {
  keepsChanging,
  KIND_ATTEMPTS,
  type Scanned,
  type ScannedEntry,
  type ScannedFile,
  type ScannedSpecial,
} from '../filestore/scanned-entry.js';
import { NotAsScanned, SMALL_BYTES, SmallFiles } from '../filestore/small/small-files.js';
import { TreeRoot } from '../filestore/tree-root.js';
import type { CaptureProgress } from './capture-progress.js';
import type { CaptureWarnings } from './capture-warnings.js';

/** Enough files at a time to fill the vault's batches; it bounds the memory that they take. */
export const FILES_READ_AT_ONCE = 64;

/** The first files are read without the threads for small ones: starting those pays only when many follow. */
const FILES_BEFORE_THREADS = 64;

/** Entries the vault looks up together; nothing but the entries themselves waits in memory. */
const FILES_CARRIED_AT_ONCE = 2_500;

/** How long the totals that people see may take to find out, beside the capture itself. */
const ESTIMATE_MS = 500;

export interface CaptureFilestoreContext {
  writer: CaptureWriter;
  warnings: CaptureWarnings;
  progress: CaptureProgress;
  signal: AbortSignal;
  /** Files read at once; `FILES_READ_AT_ONCE` unless told. */
  concurrency?: number;
  /** The entries of the base. Files of it that were not touched since are carried over without being opened. */
  base?: () => AsyncIterable<ManifestEntry>;
}

export interface CapturedFilestore {
  /** Of all files, carried over or not. */
  bytes: number;
  files: number;
  /** Those that are the base's, and were not opened. */
  carriedFiles: number;
  carriedBytes: number;
}

/**
 * Stores every file below the root and describes everything else, each directory before what it
 * contains. A file that has the path, size, modification time, change time and inode of one of the base is carried
 * over: its content is the base's, the rest is what it is now. What is gone when its turn comes is left out; sockets,
 * fifos and devices, and files that kept changing, become warnings. Rejects as `scanFilestore` does, with what the
 * vault or the base says, or with `signal.reason`.
 */
export async function captureFilestore(root: string, context: CaptureFilestoreContext): Promise<CapturedFilestore> {
  const tree = await TreeRoot.open(root);
  const estimating = new AbortController();
  let estimate: Promise<unknown> | undefined;
  try {
    const base = context.base && (await BaseFiles.read(context.base(), context.signal));
    if (base) context.progress.expect('filestore', base.totals);
    else estimate = expectFiles(root, context.progress, estimating.signal);
    return await new FilestoreCapture(root, tree, context, base).run();
  } finally {
    estimating.abort();
    await estimate;
    await tree.close();
  }
}

async function expectFiles(root: string, progress: CaptureProgress, signal: AbortSignal): Promise<void> {
  // What is wrong with the directory, the capture itself says.
  const totals = await estimateFilestore(root, { budgetMs: ESTIMATE_MS, signal }).catch(() => undefined);
  if (totals && !signal.aborted) progress.expect('filestore', totals);
}

class FilestoreCapture {
  private readonly result: CapturedFilestore = { bytes: 0, files: 0, carriedFiles: 0, carriedBytes: 0 };
  private hardLinks = 0;
  private readonly small: SmallFiles;

  constructor(
    private readonly root: string,
    private readonly tree: TreeRoot,
    private readonly context: CaptureFilestoreContext,
    private readonly base: BaseFiles | undefined,
  ) {
    this.small = new SmallFiles(tree);
  }

  async run(): Promise<CapturedFilestore> {
    const { signal, progress, concurrency } = this.context;
    const read = new BoundedTasks(concurrency ?? FILES_READ_AT_ONCE, signal);
    const carried = new BoundedTasks(FILES_CARRIED_AT_ONCE, signal);
    let met = 0;
    try {
      for await (const entry of scanFilestore(this.root, { signal })) {
        if (entry.kind !== 'file') {
          await this.addOther(entry);
          continue;
        }
        const content = this.base?.find(stateOf(entry));
        if (content) await carried.start(() => this.carryOver(entry, content));
        else if (entry.size <= SMALL_BYTES && (met += 1) > FILES_BEFORE_THREADS)
          await read.start((signal) => this.addSmallFile(entry, signal));
        else await read.start((signal) => this.addFile(entry, signal));
      }
      await carried.finish();
      await read.finish();
    } catch (error) {
      await Promise.all([carried.abandon(error), read.abandon(error)]);
      throw error;
    } finally {
      await this.small.close();
    }
    // The scan has asked this too, but the last files were read after it.
    await this.tree.confirm();
    await this.warnOfHardLinks();
    progress.complete('filestore');
    return this.result;
  }

  private async carryOver(file: ScannedFile, content: ContentRef): Promise<void> {
    await this.add(file, content, file, { ctimeNs: String(file.ctimeNs), inode: String(file.inode) });
    this.result.carriedFiles += 1;
    this.result.carriedBytes += content.bytes;
    this.context.progress.advance('filestore', { bytes: content.bytes });
  }

  private async addSmallFile(file: ScannedFile, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const begun = Date.now();
    let content: ContentRef;
    try {
      content = await this.context.writer.store(this.small.contentOf(file), file.size);
    } catch (error) {
      if (error instanceof NotAsScanned) return this.addFile(file, signal);
      throw error;
    }
    this.context.progress.advance('filestore', { bytes: content.bytes });
    await this.add(file, content, file, identityOf(file.ctimeNs, file.inode, begun));
  }

  private async addFile(file: ScannedFile, signal: AbortSignal, attempt = 1): Promise<void> {
    const { writer, progress } = this.context;
    const read = await readFile(this.tree, file.path, {
      signal,
      store: (source, expectedBytes) => writer.store(source, expectedBytes),
      onBytes: (bytes) => progress.advance('filestore', { bytes }),
    });
    if (read.outcome === 'gone') return;
    if (read.outcome === 'replaced') return this.addAgain(file, signal, attempt);
    await this.add(file, read.content, read.attributes, read.identity);
    if (read.changed) await this.warnOfChange(file);
  }

  private async add(file: ScannedFile, content: ContentRef, now: Scanned, identity?: FileIdentity): Promise<void> {
    await this.context.writer.add({ kind: 'file', ...described(now), ...(identity && { identity }), content });
    if (file.links > 1) this.hardLinks += 1;
    this.result.files += 1;
    this.result.bytes += content.bytes;
    this.context.progress.advance('filestore', { files: 1 });
  }

  /** A file's path names something of another kind now: what that is, is captured in its place. */
  private async addAgain(file: ScannedFile, signal: AbortSignal, attempt: number): Promise<void> {
    if (attempt === KIND_ATTEMPTS) throw keepsChanging(file.path);
    for await (const entry of scanFilestore(this.root, { signal, from: file.path })) {
      if (entry.kind === 'file') await this.addFile(entry, signal, attempt + 1);
      else await this.addOther(entry);
    }
  }

  private async addOther(entry: Exclude<ScannedEntry, ScannedFile>): Promise<void> {
    const { writer } = this.context;
    if (entry.kind === 'directory') await writer.add({ kind: 'directory', ...described(entry) });
    else if (entry.kind === 'symlink') {
      await writer.add({ kind: 'symlink', ...described(entry), target: encodePath(entry.target) });
    } else await this.warnOfSpecial(entry);
  }

  private warnOfSpecial(entry: ScannedSpecial): Promise<void> {
    const name = displayPath(entry.path);
    const message = `"${name}" is a ${entry.type} and has no content to capture; it is not in the snapshot.`;
    return this.context.warnings.add({ code: 'special-file-skipped', message });
  }

  private warnOfChange(file: ScannedFile): Promise<void> {
    const name = displayPath(file.path);
    const message = `"${name}" changed each of the ${READ_ATTEMPTS} times it was read; the snapshot has what was read last, which may mix two states of it.`;
    return this.context.warnings.add({ code: 'file-changed-while-read', message });
  }

  private async warnOfHardLinks(): Promise<void> {
    if (this.hardLinks === 0) return;
    const message = `Files with several names (hard links): ${this.hardLinks}. A rollback restores each name as a file of its own.`;
    await this.context.warnings.add({ code: 'hard-links-not-kept', message });
  }
}

function described({ path, mode, uid, gid, mtimeNs }: Scanned) {
  return { path: encodePath(path), mode, uid, gid, mtimeNs: String(mtimeNs) };
}

function stateOf({ path, size, mtimeNs, ctimeNs, inode }: ScannedFile) {
  return {
    path: encodePath(path),
    size,
    mtimeNs: String(mtimeNs),
    ctimeNs: String(ctimeNs),
    inode: String(inode),
  };
}
