import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { ChunkIdSet } from '../../../vault/chunking/chunk-id-set.js';
import type { EncodedPath, ManifestEntry } from '../../../vault/manifests/manifest.js';
import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import type { ThreadFile } from '../../../vault/threads/thread-file.js';
import type { OpenSource } from '../../../vault/packing/packing-lanes.js';
import type { AddedContent, CaptureOutcome, CaptureWriter, PublishReport } from '../../../vault/vault.js';
import { encodePath } from '../../filestore/paths/encoded-path.js';

/** A writer that remembers, as hashes, the paths of the files and links it was given: 50 to 100 bytes for each. */
export class PathRecordingWriter implements CaptureWriter {
  private readonly paths = new ChunkIdSet();

  constructor(private readonly inner: CaptureWriter) {}

  /** Whether the snapshot has a file or link with this `pathId`. */
  has(id: string): boolean {
    return this.paths.has(id);
  }

  get added(): AddedContent {
    return this.inner.added;
  }

  store(source: AsyncIterable<Buffer>): Promise<ContentRef> {
    return this.inner.store(source);
  }

  open<S, Q, A>(file: ThreadFile<S>, onRead?: (bytes: number) => void): Promise<OpenSource<Q, A>> {
    return this.inner.open(file, onRead);
  }

  get sourcesAtOnce(): number {
    return this.inner.sourcesAtOnce;
  }

  async add(...entries: readonly ManifestEntry[]): Promise<void> {
    await this.inner.add(...entries);
    for (const entry of entries) {
      if (entry.kind === 'file' || entry.kind === 'symlink') this.paths.add(idOf(entry.path));
    }
  }

  publish(outcome?: CaptureOutcome): Promise<PublishReport> {
    return this.inner.publish(outcome);
  }

  discard(): Promise<void> {
    return this.inner.discard();
  }
}

/** What a path, relative to the filestore's root, is known by here: the same for all spellings of one place. */
export function pathId(path: string): string {
  return idOf(encodePath(Buffer.from(posix.normalize(path))));
}

function idOf(path: EncodedPath): string {
  return hash('sha256', path);
}
