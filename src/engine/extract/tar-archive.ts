import { open } from 'node:fs/promises';
import { type DirectoryEntry, type FileEntry, fileSize, type SymlinkEntry } from '../../vault/manifests/manifest.js';
import { EngineError } from '../engine-error.js';
import { decodePath, decodeRelativePath, displayPath } from '../filestore/paths/encoded-path.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';
import type { Content, EntryWithContent } from './with-their-contents.js';
import { BLOCK_BYTES, padding, sparseMap, tarHeader } from './tar-header.js';

/** Its owner may put something in. */
const OWN = 0o700;
const PLAIN_FILE = 0o644;

/**
 * An archive of POSIX.1-2001 (pax), which `tar` unpacks with modes, times to the nanosecond, numeric owners, links, holes (as GNU tar writes them,
 * version 1.0) and names of any bytes. `add` rejects with `EngineError('snapshot-damaged')` for a path that would leave the archive's root; whatever
 * writes, as its sink does.
 */
export class TarArchive {
  /** Files of entries, and bytes of theirs. */
  files = 0;
  bytes = 0;
  /** Paths, a character for each byte. */
  private readonly directories = new Map<string, DirectoryEntry | undefined>([['', undefined]]);
  private readonly links = new Set<string>();

  /** `write`: resolves when there is room for more. */
  constructor(private readonly write: (buffers: readonly Buffer[]) => Promise<void>) {}

  async add({ entry, content }: EntryWithContent): Promise<void> {
    this.refuseWhatLeaves(entry);
    if (content !== undefined) return this.addFile(entry, content);
    // Of a directory this is not the last word: see `end`.
    const mode = entry.kind === 'directory' ? entry.mode | OWN : entry.mode;
    await this.writeMember({ ...entry, mode });
  }

  /** A file that is somewhere else on this machine, and does not change meanwhile. Beside what it rejects with, as reading does. */
  async addLocal(name: string, path: string): Promise<void> {
    const file = await open(path);
    try {
      const { size: bytes, mtimeNs } = await file.stat({ bigint: true });
      const facts = { mode: PLAIN_FILE, uid: 0, gid: 0, mtimeNs: String(mtimeNs) };
      await this.writeFile({ kind: 'file', name: Buffer.from(name), bytes: Number(bytes), ...facts }, [
        file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>,
      ]);
    } finally {
      await file.close();
    }
  }

  /**
   * Directories once more, children first: what is put into one changes its time, and its mode may forbid it, and what is in it
   * need not have come in one piece. Two empty blocks are an archive's end.
   */
  async end(): Promise<void> {
    for (const entry of [...this.directories.values()].toReversed()) if (entry) await this.writeMember(entry);
    await this.write([Buffer.alloc(2 * BLOCK_BYTES)]);
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

  private async addFile(entry: FileEntry, content: Content): Promise<void> {
    const map = entry.sparse && sparseMap(entry.sparse);
    const bytes = (map?.length ?? 0) + entry.content.bytes;
    const member = { ...entry, name: decodeRelativePath(entry.path), bytes };
    await this.writeFile({ ...member, ...(map && { holesOf: fileSize(entry) }) }, [...(map ? [[map]] : []), content]);
    this.files += 1;
    this.bytes += entry.content.bytes;
  }

  private async writeFile(member: Parameters<typeof tarHeader>[0], contents: readonly Content[]): Promise<void> {
    await this.write([tarHeader(member)]);
    for (const content of contents) for await (const buffer of content) await this.write([buffer]);
    await this.write([padding(member.bytes)]);
  }
}
