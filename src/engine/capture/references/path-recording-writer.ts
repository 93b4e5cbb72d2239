import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { ChunkIdSet } from '../../../vault/chunking/chunk-id-set.js';
import type { EncodedPath, ManifestEntry } from '../../../vault/manifests/manifest.js';
import { plainFileIn } from '../../../vault/manifests/file-line.js';
import { parseEntry } from '../../../vault/manifests/manifest-parser.js';
import type { EntryLines } from '../../../vault/vault.js';
import { WrappedWriter } from '../wrapped-writer.js';
import { encodePath } from '../../filestore/paths/encoded-path.js';

/** A writer that remembers, as hashes, the paths of the files and links it was given: 50 to 100 bytes for each. */
export class PathRecordingWriter extends WrappedWriter {
  private readonly paths = new ChunkIdSet();

  /** Whether the snapshot has a file or link with this `pathId`. */
  has(id: string): boolean {
    return this.paths.has(id);
  }

  override async add(...entries: readonly ManifestEntry[]): Promise<void> {
    await this.inner.add(...entries);
    for (const entry of entries) {
      const path = pathIn(entry);
      if (path !== undefined) this.paths.add(idOf(path));
    }
  }

  override async addLines(lines: EntryLines): Promise<void> {
    await this.inner.addLines(lines);
    for (const line of lines.text.toString('utf8').split('\n')) {
      if (line === '') continue;
      const path = plainFileIn(`${line}\n`)?.path ?? pathIn(parseEntry(JSON.parse(line)));
      if (path !== undefined) this.paths.add(idOf(path));
    }
  }
}

function pathIn(entry: ManifestEntry): EncodedPath | undefined {
  return entry.kind === 'file' || entry.kind === 'symlink' ? entry.path : undefined;
}

/** What a path, relative to the filestore's root, is known by here: the same for all spellings of one place. */
export function pathId(path: string): string {
  return idOf(encodePath(Buffer.from(posix.normalize(path))));
}

function idOf(path: EncodedPath): string {
  return hash('sha256', path);
}
