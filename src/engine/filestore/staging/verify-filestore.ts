import { createHash } from 'node:crypto';
import { lstat, readlink, type FileHandle } from 'node:fs/promises';
import {
  type DataRun,
  type DirectoryEntry,
  type FileEntry,
  fileSize,
  type SymlinkEntry,
} from '../../../vault/manifests/manifest.js';
import { EngineError } from '../../engine-error.js';
import type { WorkContext } from '../../progress.js';
import { BoundedTasks } from '../../concurrency/bounded-tasks.js';
import { decodePath, decodeRelativePath, displayPath } from '../paths/encoded-path.js';
import { isNoted } from '../paths/directory-identity.js';
import { findData } from '../reading/file-holes.js';
import { HeldPath, tamperedWith } from '../paths/held-path.js';
import { holesOfAside } from '../libc.js';
import { Ownership } from './ownership.js';
import { within } from '../paths/long-path.js';
import { TreeRoot } from '../paths/tree-root.js';

/** Files compared at once; each holds one buffer. */
const COMPARED_AT_ONCE = 8;
const BUFFER_BYTES = 256 * 1024;
const ZEROS = Buffer.alloc(BUFFER_BYTES);

export type FilestoreEntry = FileEntry | DirectoryEntry | SymlinkEntry;

export interface VerifiedFilestore {
  files: number;
  /** Bytes of files that were read and hashed. */
  bytes: number;
}

/**
 * Reads a directory that was restored and compares it with what was captured: every file's bytes by their SHA-256 (of one
 * with holes the data, and that there is nothing but zeros elsewhere), modes,
 * modification times to the nanosecond, links' targets, directories. What lies there beyond the entries is not looked for:
 * the directory was made empty. Owners are compared when this process can give files away.
 *
 * Rejects with `EngineError('verification-failed')` naming the first difference, with `'filestore-…'` when the directory
 * cannot be read or is not the one with this `inode`, with what reading the entries throws, or with `signal.reason`.
 */
export async function verifyFilestore(
  root: string,
  entries: AsyncIterable<FilestoreEntry>,
  { signal, progress }: WorkContext,
  inode?: string,
): Promise<VerifiedFilestore> {
  const tree = await openBuilt(root, inode);
  const tasks = new BoundedTasks(COMPARED_AT_ONCE, signal);
  const verified: VerifiedFilestore = { files: 0, bytes: 0 };
  const comparison = new Comparison(tree);
  try {
    for await (const entry of entries) {
      await tasks.start(async (signal) => {
        signal.throwIfAborted();
        await comparison.compare(entry);
        if (entry.kind !== 'file') return;
        verified.files += 1;
        verified.bytes += entry.content.bytes;
        progress.report({ phase: 'verify', filesDone: verified.files, bytesDone: verified.bytes });
      });
    }
    await tasks.finish();
    return verified;
  } catch (error) {
    await tasks.abandon(error);
    throw error;
  } finally {
    await tree.close();
  }
}

/**
 * Where nobody else can change anything, what is below is what was built, wherever somebody moves the whole of it meanwhile: that
 * is no difference.
 */
async function openBuilt(root: string, inode: string | undefined): Promise<TreeRoot> {
  const held = await HeldPath.hold(root);
  try {
    if (held === undefined) throw tamperedWith(root, 'which was to be compared, is not there any more');
    if (!held.isOurs) return await TreeRoot.open(root);
    const tree = await TreeRoot.openOurs(held.at, root);
    if (inode === undefined || isNoted(tree.stats, inode)) return tree;
    await tree.close();
    throw tamperedWith(root, 'which was to be compared, is not the one that was built');
  } finally {
    await held?.close();
  }
}

class Comparison {
  private readonly ownership = new Ownership();

  constructor(private readonly tree: TreeRoot) {}

  async compare(entry: FilestoreEntry): Promise<void> {
    const path = decodeRelativePath(entry.path);
    if (entry.kind === 'file') await this.compareFile(path, entry);
    else if (entry.kind === 'directory') await this.compareDirectory(path, entry);
    else await this.compareLink(path, entry);
  }

  private async compareFile(path: Buffer, entry: FileEntry): Promise<void> {
    const opened = await this.tree.openFile(path);
    if (typeof opened === 'string') throw differs(path, 'is not there');
    const { handle, stats } = opened;
    try {
      const size = fileSize(entry);
      if (stats.size !== BigInt(size)) throw differs(path, 'has another size');
      const runs = entry.sparse?.runs ?? [{ offset: 0, bytes: size }];
      const isSame =
        (await sha256Of(handle, runs)) === entry.content.sha256 && (await isZeroBeside(handle, runs, size));
      if (!isSame) throw differs(path, 'has other bytes');
      this.requireAttributes(path, stats, entry);
    } finally {
      await handle.close();
    }
  }

  private async compareDirectory(path: Buffer, entry: DirectoryEntry): Promise<void> {
    const opened = await this.tree.openDirectory(path);
    if (typeof opened === 'string') throw differs(path, 'is not there');
    await opened.handle.close();
    this.requireAttributes(path, opened.stats, entry);
  }

  private async compareLink(path: Buffer, entry: SymlinkEntry): Promise<void> {
    const found = await this.tree.inParent(path, async (parent, name) => {
      const at = within(parent, name);
      const stats = await lstat(at, { bigint: true }).catch(() => undefined);
      if (!stats?.isSymbolicLink()) return undefined;
      return { stats, target: await readlink(at, { encoding: 'buffer' }) };
    });
    if (!found) throw differs(path, 'is not there');
    if (!found.target.equals(decodePath(entry.target))) throw differs(path, 'points elsewhere');
    if (found.stats.mtimeNs !== BigInt(entry.mtimeNs)) throw differs(path, 'has another modification time');
  }

  private requireAttributes(
    path: Buffer,
    stats: { mode: bigint; mtimeNs: bigint; uid: bigint; gid: bigint },
    entry: FileEntry | DirectoryEntry,
  ): void {
    const { owner, mode } = this.ownership.of(entry);
    if (Number(stats.mode & 0o7777n) !== mode) throw differs(path, 'has another mode');
    if (stats.mtimeNs !== BigInt(entry.mtimeNs)) throw differs(path, 'has another modification time');
    if (owner && (Number(stats.uid) !== owner.uid || Number(stats.gid) !== owner.gid)) {
      throw differs(path, 'has another owner');
    }
  }
}

async function sha256Of(handle: FileHandle, runs: readonly DataRun[]): Promise<string> {
  const sha256 = createHash('sha256');
  for (const run of runs) for await (const bytes of bytesOf(handle, run)) sha256.update(bytes);
  return sha256.digest('hex');
}

/** Whether there is nothing but zeros between the runs: of what the file system calls a hole that is known without reading. */
async function isZeroBeside(handle: FileHandle, runs: readonly DataRun[], size: number): Promise<boolean> {
  if (runs[0]?.bytes === size) return true;
  const ends = [...runs, { offset: size, bytes: 0 }];
  let next = 0;
  for await (const data of findData(holesOfAside(handle.fd), size)) {
    for (let at = data.offset; at < data.offset + data.bytes;) {
      // The run that lies here or comes next.
      while (ends[next]!.offset + ends[next]!.bytes <= at) next += 1;
      const { offset, bytes } = ends[next]!;
      const until = Math.min(data.offset + data.bytes, offset);
      if (at < until && !(await isZero(handle, { offset: at, bytes: until - at }))) return false;
      at = Math.max(until, offset + bytes);
    }
  }
  return true;
}

async function isZero(handle: FileHandle, run: DataRun): Promise<boolean> {
  for await (const bytes of bytesOf(handle, run)) if (!bytes.equals(ZEROS.subarray(0, bytes.length))) return false;
  return true;
}

/** In one buffer, which is filled again for each. Fewer bytes when the file ends before. */
async function* bytesOf(handle: FileHandle, { offset, bytes }: DataRun): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(BUFFER_BYTES, bytes));
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - done), offset + done);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

function differs(path: Buffer, how: string): EngineError {
  const name = path.length === 0 ? 'The filestore itself' : `"${displayPath(path)}" in the restored filestore`;
  return new EngineError('verification-failed', `${name} is not what was captured: it ${how}.`);
}
