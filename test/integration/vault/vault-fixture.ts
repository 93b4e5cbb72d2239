import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalVault, type VaultOptions } from '../../../src/vault/local-vault.js';
import { VaultError } from '../../../src/vault/vault-error.js';
import type { FileEntry, ManifestEntry } from '../../../src/vault/manifest.js';
import type { CaptureWriter, PublishReport, Vault } from '../../../src/vault/vault.js';

export const PROJECT = 'project-1';

/** Later than any lease and any grace of a vault that tells the time rightly (milliseconds). */
export const MUCH_LATER_MS = 60 * 60_000;

export const never = new AbortController().signal;

/** A vault in a directory of its own. It collects what is a moment old, unless told otherwise. */
export class VaultFixture {
  readonly vault: LocalVault;

  private constructor(readonly root: string) {
    this.vault = this.open({ graceMs: 0 });
  }

  static async create(): Promise<VaultFixture> {
    return new VaultFixture(await mkdtemp(join(tmpdir(), 'snapback-vault-')));
  }

  /** The same directory as another process would open it. */
  open(options: Omit<VaultOptions, 'root'>): LocalVault {
    return new LocalVault({ ...options, root: this.root });
  }

  path(...parts: string[]): string {
    return join(this.root, PROJECT, ...parts);
  }

  chunk(id: string): string {
    return this.path('objects', id.slice(0, 2), id);
  }

  manifest(snapshotId: string): string {
    return this.path('manifests', `${snapshotId}.jsonl.zst`);
  }

  /** All files in one of the project's directories, however deep. */
  async files(directory: 'objects' | 'manifests' | 'incoming' | 'condemned'): Promise<string[]> {
    const entries = await readdir(this.path(directory), { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  }

  async bytes(directory: 'objects' | 'manifests'): Promise<number> {
    const sizes = await Promise.all((await this.files(directory)).map(async (file) => (await stat(file)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

export async function* streamOf(...buffers: Buffer[]): AsyncGenerator<Buffer> {
  yield* buffers;
}

export async function* inPieces(content: Buffer, bytes: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.length; start += bytes) yield content.subarray(start, start + bytes);
}

export async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const buffers: Buffer[] = [];
  for await (const buffer of stream) buffers.push(buffer);
  return Buffer.concat(buffers);
}

export function noise(bytes: number): Buffer {
  return randomBytes(bytes);
}

export function headerOf(snapshotId: string) {
  return { snapshotId, createdAt: '2026-01-02T03:04:05.000Z', tools: { snapback: '0.1.0' } };
}

export function fileEntry(path: string, content: FileEntry['content']): FileEntry {
  return { kind: 'file', path: `utf8:${path}`, mode: 0o644, uid: 0, gid: 0, mtimeNs: '1700000000123456789', content };
}

/** Stores files into a capture under way, all at once. */
export async function storeFiles(capture: CaptureWriter, files: Record<string, Buffer>): Promise<FileEntry[]> {
  return Promise.all(
    Object.entries(files).map(async ([path, bytes]) => {
      const entry = fileEntry(path, await capture.store(streamOf(bytes)));
      await capture.add(entry);
      return entry;
    }),
  );
}

export async function takeSnapshot(
  vault: Vault,
  snapshotId: string,
  files: Record<string, Buffer>,
): Promise<{ entries: FileEntry[]; report: PublishReport }> {
  const capture = await vault.beginCapture(PROJECT, headerOf(snapshotId));
  const entries = await storeFiles(capture, files);
  return { entries, report: await capture.publish() };
}

/** Reads a whole snapshot back, every byte of it. */
export async function readSnapshot(vault: Vault, snapshotId: string): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for await (const entry of vault.readEntries(PROJECT, snapshotId)) {
    if (entry.kind !== 'file') continue;
    files[entry.path.replace('utf8:', '')] = await bytesOf(vault.readContent(PROJECT, entry.content));
  }
  return files;
}

/** How a call ended: `fine`, or the code of its `VaultError`. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'fine';
  } catch (error) {
    return error instanceof VaultError ? error.code : String(error);
  }
}

export async function entriesOf(vault: Vault, snapshotId: string): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  for await (const entry of vault.readEntries(PROJECT, snapshotId)) entries.push(entry);
  return entries;
}
