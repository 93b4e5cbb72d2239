import type { FileIdentity, ManifestEntry } from '../../vault/manifests/manifest.js';
import type { CaptureWriter } from '../../vault/vault.js';
import type { CarriedContent, KnownFiles, SharedFiles } from '../filestore/reading/base-files.js';
import { BoundedTasks } from '../concurrency/bounded-tasks.js';
import { displayPath, encodePath } from '../filestore/paths/encoded-path.js';
import { estimateFilestore } from '../filestore/reading/estimate-filestore.js';
import { fileIdentityOf } from '../filestore/reading/file-state.js';
import { isUnreadable } from '../filestore/filestore-failure.js';
import { FilesReader, questionsOf } from '../filestore/reading/files-reader.js';
import { READ_ATTEMPTS, readFile, type ReadOutcome } from '../filestore/reading/read-file.js';
import type { CarriedLines } from '../filestore/scan/carried-lines.js';
import { type FoundBesideKnown, scanBesideKnown } from '../filestore/scan/scan-filestore.js';
import {
  keepsChanging,
  KIND_ATTEMPTS,
  type Scanned,
  type ScannedDirectory,
  type ScannedEntry,
  type ScannedFile,
  type ScannedSpecial,
  type ScannedSymlink,
} from '../filestore/scan/scanned-entry.js';
import { TreeRoot } from '../filestore/paths/tree-root.js';
import type { RestoreFinding } from '../postgres/capabilities/restore-finding.js';
import type { CaptureProgress } from './capture-progress.js';
import type { CaptureWarnings } from './capture-warnings.js';
import { LeftOut } from './left-out.js';
import { EngineError } from '../engine-error.js';
import type { PassedBy } from '../filestore/scan/left-out-paths.js';
import { nameSome } from '../name-some.js';

/** How long the totals that people see may take to find out, beside the capture itself. */
const ESTIMATE_MS = 120;

export interface CaptureFilestoreContext {
  writer: CaptureWriter;
  warnings: CaptureWarnings;
  progress: CaptureProgress;
  signal: AbortSignal;
  /** The files of the base. Those that were not touched since are carried over without being opened. */
  base?: KnownFiles;
  /** Told of files of the base that are added as lines: what they give back; see `EntriesDigest`. */
  onCarried?(digest: Uint32Array): void;
  /** What cannot be read is a finding in place of the end. */
  leaveOutUnreadable?: boolean;
  /** Patterns of what is left out, as `PathRules` takes them. */
  leftOut?: readonly string[];
  /** What to do when they leave out all there is; default `refuse`. */
  whenEverything?: 'refuse' | 'capture';
}

export interface CapturedFilestore {
  /** The data of all files, carried over or not: holes do not count. */
  bytes: number;
  files: number;
  /** Those that are the base's, and were not opened. */
  carriedFiles: number;
  carriedBytes: number;
  /** By patterns; what is in the directories is not counted. */
  passedBy: { files: number; directories: number };
  /** How many things nobody could read, and the first names. */
  unreadable: { names: string[]; count: number };
  findings: RestoreFinding[];
}

/**
 * Stores every file below the root and describes everything else, each directory before what it
 * contains. A file that has the path, size, modification time, change time and inode of one of the base is carried
 * over: its content is the base's, the rest is what it is now. What is gone when its turn comes is left out; sockets,
 * fifos and devices, and files that kept changing, become warnings. Rejects as `scanFilestore` does, with what the
 * vault says, or with `signal.reason`.
 */
export async function captureFilestore(root: string, context: CaptureFilestoreContext): Promise<CapturedFilestore> {
  const tree = await TreeRoot.open(root);
  const estimating = new AbortController();
  let estimate: Promise<unknown> | undefined;
  try {
    const { base } = context;
    if (base) context.progress.expect('filestore', base.totals);
    else estimate = expectFiles(root, context.progress, estimating.signal);
    return await new FilestoreCapture(root, tree, context).run();
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
  private readonly result: CapturedFilestore = {
    ...{ bytes: 0, files: 0, carriedFiles: 0, carriedBytes: 0, findings: [] },
    passedBy: { files: 0, directories: 0 },
    unreadable: { names: [], count: 0 },
  };
  private readonly unreadable = new LeftOut();
  /** Patterns that have named nothing yet. */
  private readonly idle: Set<number>;
  /** Whether anything is captured but the directory itself. */
  private hasAny = false;
  private hardLinks = 0;
  private readonly files: FilesReader;
  private readonly known: SharedFiles | undefined;

  constructor(
    private readonly root: string,
    private readonly tree: TreeRoot,
    private readonly context: CaptureFilestoreContext,
  ) {
    this.known = context.base?.share();
    this.idle = new Set(context.leftOut?.keys());
    this.files = new FilesReader(tree, context.writer, (bytes) => context.progress.advance('filestore', { bytes }));
  }

  async run(): Promise<CapturedFilestore> {
    const { signal, progress } = this.context;
    const read = new BoundedTasks(this.files.questionsAtOnce, signal);
    try {
      for await (const { entries, carried, passedBy } of this.scan(signal)) {
        if (passedBy) this.count(passedBy);
        await this.take(entries, read);
        if (carried) await this.carryOver(carried);
      }
      await read.finish();
    } catch (error) {
      await read.abandon(error);
      throw error;
    } finally {
      await this.files.close();
    }
    // The scan has asked this too, but the last files were read after it.
    await this.tree.confirm();
    this.requireAny();
    await this.warnOfHardLinks();
    await this.warnOfIdle();
    this.result.unreadable = this.unreadable.all;
    this.result.findings = this.unreadable.findings('file or directory', 'files and directories');
    if (this.result.unreadable.count > 0 && this.context.leaveOutUnreadable === true) {
      const message = this.unreadable.sentence('file or directory', 'files and directories');
      await this.context.warnings.add({ code: 'unreadable-left-out', message });
    }
    progress.complete('filestore');
    return this.result;
  }

  /** Describes what need not be read, and has the rest read afterwards: behind the directories that contain it. */
  private async take(entries: readonly ScannedEntry[], reading: BoundedTasks): Promise<void> {
    const toDescribe: ManifestEntry[] = [];
    const toRead: ScannedFile[] = [];
    for (const entry of entries) {
      if (entry.path.length > 0) this.hasAny = true;
      if (entry.kind === 'special') await this.leaveOut(entry);
      else if (entry.kind !== 'file') toDescribe.push(describedOther(entry));
      else {
        const carried = this.context.base?.find(stateOf(entry));
        if (carried) toDescribe.push(this.carriedOver(entry, carried));
        else toRead.push(entry);
      }
    }
    await this.context.writer.add(...toDescribe);
    for (const files of questionsOf(toRead)) await reading.start((signal) => this.addFiles(files, signal));
  }

  /** What the threads that scan have recognised, and written down. */
  private async carryOver({ text, files, bytes, hardLinks, chunks, digest }: CarriedLines): Promise<void> {
    if (files === 0) return;
    this.hasAny = true;
    const { writer, progress, onCarried } = this.context;
    await writer.addLines({ text: asBuffer(text), entries: files, chunks: asBuffer(chunks) });
    onCarried?.(digest);
    this.hardLinks += hardLinks;
    this.result.files += files;
    this.result.bytes += bytes;
    this.result.carriedFiles += files;
    this.result.carriedBytes += bytes;
    progress.advance('filestore', { files, bytes });
  }

  private carriedOver(file: ScannedFile, carried: CarriedContent): ManifestEntry {
    const { bytes } = carried.content;
    this.result.carriedFiles += 1;
    this.result.carriedBytes += bytes;
    this.context.progress.advance('filestore', { bytes });
    return this.described(file, carried, file, { ctimeNs: String(file.ctimeNs), inode: String(file.inode) });
  }

  private async addFiles(files: readonly ScannedFile[], signal: AbortSignal): Promise<void> {
    const begun = Date.now();
    const contents = await this.files.contentsOf(files, signal);
    const asScanned: ManifestEntry[] = [];
    const others: ScannedFile[] = [];
    for (const [index, file] of files.entries()) {
      const content = contents[index]!;
      if ('inVain' in content) {
        others.push(file);
        this.context.progress.advance('filestore', { bytes: -content.inVain });
      } else asScanned.push(this.described(file, { content }, file, fileIdentityOf(file.ctimeNs, file.inode, begun)));
    }
    await this.context.writer.add(...asScanned);
    for (const file of others) await this.addFile(file, signal);
  }

  private async addFile(file: ScannedFile, signal: AbortSignal, attempt = 1): Promise<void> {
    const { writer, progress } = this.context;
    let read: ReadOutcome;
    try {
      read = await readFile(this.tree, file.path, {
        signal,
        store: (source) => writer.store(source),
        onBytes: (bytes) => progress.advance('filestore', { bytes }),
      });
    } catch (error) {
      if (this.context.leaveOutUnreadable !== true || !isUnreadable(error)) throw error;
      return this.leaveOutUnreadable(file.path);
    }
    if (read.outcome === 'gone') return;
    if (read.outcome === 'replaced') return this.addAgain(file, signal, attempt);
    await this.add(file, read, read.attributes, read.identity);
    if (read.changed) await this.warnOfChange(file);
  }

  private async add(file: ScannedFile, read: CarriedContent, now: Scanned, identity?: FileIdentity): Promise<void> {
    await this.context.writer.add(this.described(file, read, now, identity));
  }

  /** The entry of a file that is captured now; it is counted. */
  private described(
    file: ScannedFile,
    { content, sparse }: CarriedContent,
    now: Scanned,
    identity?: FileIdentity,
  ): ManifestEntry {
    if (file.links > 1) this.hardLinks += 1;
    this.result.files += 1;
    this.result.bytes += content.bytes;
    this.context.progress.advance('filestore', { files: 1 });
    return { kind: 'file', ...attributesOf(now), ...(identity && { identity }), content, ...(sparse && { sparse }) };
  }

  /** A file's path names something of another kind now: what that is, is captured in its place. */
  private async addAgain(file: ScannedFile, signal: AbortSignal, attempt: number): Promise<void> {
    if (attempt === KIND_ATTEMPTS) throw keepsChanging(file.path);
    for await (const { entries, carried } of this.scan(signal, file.path)) {
      for (const entry of entries) {
        if (entry.kind === 'file') await this.addFile(entry, signal, attempt + 1);
        else if (entry.kind === 'special') await this.leaveOut(entry);
        else await this.context.writer.add(describedOther(entry));
      }
      if (carried) await this.carryOver(carried);
    }
  }

  private scan(signal: AbortSignal, from?: Buffer): AsyncGenerator<FoundBesideKnown> {
    const { leaveOutUnreadable = false, leftOut = [] } = this.context;
    return scanBesideKnown(this.root, { signal, leaveOutUnreadable, leftOut, ...(from && { from }) }, this.known);
  }

  private count({ files, directories, patterns }: PassedBy): void {
    this.result.passedBy.files += files;
    this.result.passedBy.directories += directories;
    for (const index of patterns) this.idle.delete(index);
  }

  private requireAny(): void {
    const { files, directories } = this.result.passedBy;
    if (this.hasAny || files + directories === 0 || this.context.whenEverything === 'capture') return;
    throw new EngineError(
      'exclude-everything',
      'The paths in "exclude" leave out everything in the filestore, so that nothing was captured; name only what need not come back.',
    );
  }

  private async warnOfIdle(): Promise<void> {
    const { leftOut = [], warnings } = this.context;
    const idle = [...this.idle].map((index) => leftOut[index]!).filter((pattern) => !pattern.startsWith('!'));
    if (idle.length === 0) return;
    const message = `Nothing in the filestore has such a path, so that nothing was left out by: ${nameSome(idle.map((pattern) => `"${pattern}"`))}.`;
    await warnings.add({ code: 'exclude-matches-nothing', message });
  }

  /** A rollback keeps what is live there. */
  private async leaveOutUnreadable(path: Buffer): Promise<void> {
    this.unreadable.add(displayPath(path));
    await this.context.writer.add({ kind: 'left-out', of: 'unreadable', path: encodePath(path) });
  }

  private async leaveOut(entry: ScannedSpecial): Promise<void> {
    const name = displayPath(entry.path);
    if (entry.type === 'unreadable') return this.leaveOutUnreadable(entry.path);
    const message = `"${name}" is a ${entry.type} and has no content to capture; it is not in the snapshot.`;
    await this.context.warnings.add({ code: 'special-file-skipped', message });
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

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function describedOther(entry: ScannedDirectory | ScannedSymlink): ManifestEntry {
  if (entry.kind === 'directory') return { kind: 'directory', ...attributesOf(entry) };
  return { kind: 'symlink', ...attributesOf(entry), target: encodePath(entry.target) };
}

function attributesOf({ path, mode, uid, gid, mtimeNs }: Scanned) {
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
