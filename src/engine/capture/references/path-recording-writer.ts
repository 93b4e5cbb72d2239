import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { ChunkIdSet } from '../../../vault/chunk-id-set.js';
import type { ContentRef, ManifestEntry } from '../../../vault/manifest.js';
import type { SizeHint } from '../../../vault/size-hint.js';
import type { CaptureWriter, PublishReport } from '../../../vault/vault.js';
import { encodePath } from '../../filestore/encoded-path.js';

/** A writer that remembers, as hashes, the paths of the files and links it was given: 50 to 100 bytes for each. */
export class PathRecordingWriter implements CaptureWriter {
  private readonly paths = new ChunkIdSet();

  constructor(private readonly inner: CaptureWriter) {}

  /** Whether the snapshot has a file or link at this path, relative to the filestore's root. */
  has(path: string): boolean {
    return this.paths.has(hash('sha256', encodePath(Buffer.from(posix.normalize(path)))));
  }

  get storedBytes(): number {
    return this.inner.storedBytes;
  }

  store(source: AsyncIterable<Buffer>, size?: SizeHint): Promise<ContentRef> {
    return this.inner.store(source, size);
  }

  async add(...entries: readonly ManifestEntry[]): Promise<void> {
    await this.inner.add(...entries);
    for (const entry of entries) {
      if (entry.kind === 'file' || entry.kind === 'symlink') this.paths.add(hash('sha256', entry.path));
    }
  }

  publish(): Promise<PublishReport> {
    return this.inner.publish();
  }

  discard(): Promise<void> {
    return this.inner.discard();
  }
}
