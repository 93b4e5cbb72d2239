import { createHash } from 'node:crypto';
import { lstat, readlink, type FileHandle } from 'node:fs/promises';
import type { DirectoryEntry, FileEntry, SymlinkEntry } from '../../vault/manifest.js';
import { EngineError } from '../engine-error.js';
import type { WorkContext } from '../progress.js';
import { BoundedTasks } from './bounded-tasks.js';
import { decodePath, decodeRelativePath, displayPath } from './encoded-path.js';
import { Ownership } from './ownership.js';
import { TreeRoot, within } from './tree-root.js';

/** Files compared at once; each holds one buffer. */
const COMPARED_AT_ONCE = 8;
const BUFFER_BYTES = 256 * 1024;

export type FilestoreEntry = FileEntry | DirectoryEntry | SymlinkEntry;

export interface VerifiedFilestore {
  files: number;
  /** Bytes of files that were read and hashed. */
  bytes: number;
}

/**
 * Reads a directory that was restored and compares it with what was captured: every file's bytes by their SHA-256, modes,
 * modification times to the nanosecond, links' targets, directories. What lies there beyond the entries is not looked for:
 * the directory was made empty. Owners are compared when this process can give files away.
 *
 * Rejects with `EngineError('verification-failed')` naming the first difference, with `'filestore-…'` when the directory
 * cannot be read, with what reading the entries throws, or with `signal.reason`.
 */
export async function verifyFilestore(
  root: string,
  entries: AsyncIterable<FilestoreEntry>,
  { signal, progress }: WorkContext,
): Promise<VerifiedFilestore> {
  const tree = await TreeRoot.open(root);
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
      if (stats.size !== BigInt(entry.content.bytes)) throw differs(path, 'has another size');
      if ((await sha256Of(handle)) !== entry.content.sha256) throw differs(path, 'has other bytes');
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

async function sha256Of(handle: FileHandle): Promise<string> {
  const sha256 = createHash('sha256');
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return sha256.digest('hex');
    sha256.update(buffer.subarray(0, bytesRead));
  }
}

function differs(path: Buffer, how: string): EngineError {
  const name = path.length === 0 ? 'The filestore itself' : `"${displayPath(path)}" in the restored filestore`;
  return new EngineError('verification-failed', `${name} is not what was captured: it ${how}.`);
}
