import type { Backend } from '../backend/backend.js';
import type { DataKey } from '../keys/data-key.js';
import type { ManifestEntry, ManifestHeader } from '../manifests/manifest.js';
import type { ContentRef } from '../manifests/content-ref.js';
import type { ManifestLine } from '../manifests/check-lines.js';
import { entriesOf, headerOf, readSealedBatches } from '../manifests/read-sealed-manifest.js';
import { deliverHere } from '../reading/content-taker.js';
import { type Chunks, readContent, readContents } from '../reading/read-content.js';
import type { ThreadFile } from '../threads/thread-file.js';
import { VaultError } from '../vault-error.js';
import type { VaultReader } from '../vault.js';

export interface ReadableSnapshot {
  backend: Backend;
  dataKey: DataKey;
  project: string;
  snapshotId: string;
  /** Of the manifest that counts. */
  objectKey: string;
  chunks: Chunks;
}

/** Reads one snapshot without a catalogue. Whoever asks it for another one is told that it is missing. */
export class ObjectsReader implements VaultReader {
  constructor(private readonly snapshot: ReadableSnapshot) {}

  readHeader(project: string, snapshotId: string): Promise<ManifestHeader> {
    return headerOf(this.batches(project, snapshotId));
  }

  async *readEntries(project: string, snapshotId: string): AsyncGenerator<ManifestEntry> {
    for await (const entries of this.readEntryBatches(project, snapshotId)) yield* entries;
  }

  readEntryBatches(project: string, snapshotId: string): AsyncGenerator<ManifestEntry[]> {
    return entriesOf(this.batches(project, snapshotId));
  }

  async *readContent(_project: string, content: ContentRef): AsyncGenerator<Buffer> {
    yield* readContent(this.snapshot.chunks, content);
  }

  readContents(_project: string, contents: readonly ContentRef[]): Promise<Buffer[]> {
    return readContents(this.snapshot.chunks, contents);
  }

  deliver<S, W, A>(project: string, contents: readonly ContentRef[], taker: ThreadFile<S>, what: W): Promise<A> {
    return deliverHere((some) => this.readContents(project, some), contents, taker, what);
  }

  private async *batches(project: string, snapshotId: string): AsyncGenerator<ManifestLine[]> {
    const { backend, dataKey, objectKey } = this.snapshot;
    if (project !== this.snapshot.project || snapshotId !== this.snapshot.snapshotId) {
      throw new VaultError('manifest-missing', `Snapshot ${snapshotId} was not opened.`);
    }
    yield* readSealedBatches(backend, dataKey, snapshotId, objectKey);
  }
}
