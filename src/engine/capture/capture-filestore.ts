import type { CaptureWriter } from '../../vault/vault.js';
import { EngineError } from '../engine-error.js';
import { BoundedTasks } from '../filestore/bounded-tasks.js';
import { displayPath, encodePath } from '../filestore/encoded-path.js';
import { estimateFilestore } from '../filestore/estimate-filestore.js';
import { READ_ATTEMPTS, readFile } from '../filestore/read-file.js';
import {
  type Scanned,
  type ScannedEntry,
  type ScannedFile,
  type ScannedSpecial,
  scanFilestore,
} from '../filestore/scan-filestore.js';
import { TreeRoot } from '../filestore/tree-root.js';
import type { CaptureProgress } from './capture-progress.js';
import type { CaptureWarnings } from './capture-warnings.js';

const DEFAULT_CONCURRENCY = 4;

/** How long the totals that people see may take to find out, beside the capture itself. */
const ESTIMATE_MS = 500;

/** How often a path may turn from a file into something else and back before the capture gives up. */
const KIND_ATTEMPTS = 5;

export interface CaptureFilestoreContext {
  writer: CaptureWriter;
  warnings: CaptureWarnings;
  progress: CaptureProgress;
  signal: AbortSignal;
  /** Files read at once; 4 unless told. */
  concurrency?: number;
}

/**
 * Stores every file below the root and describes everything else, each directory before what it
 * contains. What is gone when its turn comes is left out; sockets, fifos and devices, and files that kept
 * changing, become warnings. Rejects as `scanFilestore` does, with what the vault says, or with
 * `signal.reason`.
 */
export async function captureFilestore(
  root: string,
  context: CaptureFilestoreContext,
): Promise<{ bytes: number; files: number }> {
  const tree = await TreeRoot.open(root);
  const estimating = new AbortController();
  const estimate = estimateFilestore(root, { budgetMs: ESTIMATE_MS, signal: estimating.signal }).then(
    (totals) => estimating.signal.aborted || context.progress.expect('filestore', totals),
    // The capture itself says what is wrong with the directory.
    () => undefined,
  );
  try {
    return await new FilestoreCapture(root, tree, context).run();
  } finally {
    estimating.abort();
    await estimate;
    await tree.close();
  }
}

class FilestoreCapture {
  private readonly result = { bytes: 0, files: 0 };
  private hardLinks = 0;

  constructor(
    private readonly root: string,
    private readonly tree: TreeRoot,
    private readonly context: CaptureFilestoreContext,
  ) {}

  async run(): Promise<{ bytes: number; files: number }> {
    const { signal, progress, concurrency } = this.context;
    const files = new BoundedTasks(concurrency ?? DEFAULT_CONCURRENCY, signal);
    try {
      for await (const entry of scanFilestore(this.root, { signal })) {
        if (entry.kind === 'file') await files.start((signal) => this.addFile(entry, signal));
        else await this.addOther(entry);
      }
      await files.finish();
    } catch (error) {
      await files.abandon(error);
      throw error;
    }
    // The scan has asked this too, but the last files were read after it.
    await this.tree.confirm();
    await this.warnOfHardLinks();
    progress.complete('filestore');
    return this.result;
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
    await writer.add({ kind: 'file', ...described(read.attributes), content: read.content });
    if (read.changed) await this.warnOfChange(file);
    if (file.links > 1) this.hardLinks += 1;
    this.result.files += 1;
    this.result.bytes += read.content.bytes;
    progress.advance('filestore', { files: 1 });
  }

  /** A file's path names something of another kind now: what that is, is captured in its place. */
  private async addAgain(file: ScannedFile, signal: AbortSignal, attempt: number): Promise<void> {
    if (attempt === KIND_ATTEMPTS) {
      throw new EngineError(
        'filestore-unreadable',
        `"${displayPath(file.path)}" in the filestore keeps turning into something else. Stop what changes it and try again.`,
      );
    }
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
