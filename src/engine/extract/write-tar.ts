import { open, type FileHandle } from 'node:fs/promises';
import { type DirectoryEntry, type FileEntry, fileSize, type SymlinkEntry } from '../../vault/manifests/manifest.js';
import type { ContentSource } from '../filestore/staging/content-source.js';
import { EngineError } from '../engine-error.js';
import { decodePath, decodeRelativePath, displayPath } from '../filestore/paths/encoded-path.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';
import type { WorkContext } from '../progress.js';
import { onOutput } from './writing-output.js';
import { BLOCK_BYTES, padding, sparseMap, tarHeader } from './tar-header.js';

const PRIVATE_FILE = 0o600;
/** Its owner may put something in. */
const OWN = 0o700;
/** Small files are asked for together: each alone would be a request to the store. */
const BATCH_FILES = 128;
const BATCH_BYTES = 4 * 1024 * 1024;
const SMALL_BYTES = 1024 * 1024;

export interface TarSource {
  entries: AsyncIterable<StagedEntry>;
  contents: ContentSource;
}

/**
 * Writes a filestore as an archive of POSIX.1-2001 (pax), which `tar` unpacks with modes, times to the nanosecond, numeric owners,
 * links, holes (as GNU tar writes them, version 1.0) and names of any bytes. Memory is bounded. Rejects with
 * `EngineError('snapshot-damaged')` for a path that would leave the archive's root, `'disk-full'`, with what reading throws, or
 * with `signal.reason`.
 */
export async function writeTar(
  path: string,
  { entries, contents }: TarSource,
  { signal, progress }: WorkContext,
): Promise<{ files: number; bytes: number }> {
  const file = await onOutput(path, () => open(path, 'wx', PRIVATE_FILE));
  try {
    const archive = new Archive(path, file, contents);
    for await (const entry of entries) {
      signal.throwIfAborted();
      await archive.add(entry);
      progress.report({ phase: 'stage-filestore', filesDone: archive.files, bytesDone: archive.bytes });
    }
    await archive.end();
    return { files: archive.files, bytes: archive.bytes };
  } finally {
    await file.close();
  }
}

class Archive {
  files = 0;
  bytes = 0;
  private batch: FileEntry[] = [];
  private batchBytes = 0;
  /** Paths, a character for each byte. */
  private readonly directories = new Map<string, DirectoryEntry | undefined>([['', undefined]]);
  private readonly links = new Set<string>();

  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly contents: ContentSource,
  ) {}

  async add(entry: StagedEntry): Promise<void> {
    this.refuseWhatLeaves(entry);
    if (entry.kind !== 'file') {
      await this.flush();
      // Of a directory this is not the last word: see `end`.
      const mode = entry.kind === 'directory' ? entry.mode | OWN : entry.mode;
      return this.writeMember({ ...entry, mode });
    }
    if (entry.content.bytes > SMALL_BYTES || entry.sparse !== undefined) {
      await this.flush();
      return this.addFile(entry, this.contents.read(entry.content));
    }
    this.batch.push(entry);
    this.batchBytes += entry.content.bytes;
    if (this.batch.length >= BATCH_FILES || this.batchBytes >= BATCH_BYTES) await this.flush();
  }

  /** Whoever unpacks it shall not be led through a link of the same archive, whatever program that is. */
  private refuseWhatLeaves(entry: StagedEntry): void {
    const { kind, path } = entry;
    const name = decodeRelativePath(path).toString('latin1');
    if (name === '' && kind === 'directory') {
      this.directories.set('', entry);
      return;
    }
    const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    const isOther = kind === 'directory' ? this.links.has(name) : this.directories.has(name);
    if (isOther || !this.directories.has(parent)) {
      throw new EngineError(
        'snapshot-damaged',
        `"${displayPath(path)}" in the manifest is not in a directory that the manifest names before it.`,
      );
    }
    if (kind === 'directory') this.directories.set(name, entry);
    if (kind === 'symlink') this.links.add(name);
  }

  private async writeMember(entry: DirectoryEntry | SymlinkEntry): Promise<void> {
    const { kind, mode, uid, gid, mtimeNs } = entry;
    const member = { kind, mode, uid, gid, mtimeNs, name: decodeRelativePath(entry.path), bytes: 0 };
    const target = entry.kind === 'symlink' ? decodePath(entry.target) : undefined;
    await this.write([tarHeader({ ...member, ...(target && { target }) })]);
  }

  /**
   * Directories once more, children first: what is put into one changes its time, and its mode may forbid it, and what is in it
   * need not have come in one piece. Two empty blocks are an archive's end.
   */
  async end(): Promise<void> {
    await this.flush();
    for (const entry of [...this.directories.values()].toReversed()) if (entry) await this.writeMember(entry);
    await this.write([Buffer.alloc(2 * BLOCK_BYTES)]);
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    this.batch = [];
    this.batchBytes = 0;
    if (batch.length === 0) return;
    const contents = await this.contents.readAll(batch.map(({ content }) => content));
    for (const [index, entry] of batch.entries()) await this.addFile(entry, [contents[index]!]);
  }

  private async addFile(entry: FileEntry, content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const name = decodeRelativePath(entry.path);
    const map = entry.sparse && sparseMap(entry.sparse);
    const bytes = (map?.length ?? 0) + entry.content.bytes;
    const header = tarHeader({ ...entry, name, bytes, ...(map && { holesOf: fileSize(entry) }) });
    await this.write([header, ...(map ? [map] : [])]);
    for await (const buffer of content) await this.write([buffer]);
    await this.write([padding(bytes)]);
    this.files += 1;
    this.bytes += entry.content.bytes;
  }

  private async write(buffers: Buffer[]): Promise<void> {
    for (const buffer of buffers) if (buffer.length > 0) await onOutput(this.path, () => this.file.writeFile(buffer));
  }
}
