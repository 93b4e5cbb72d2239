import type { ContentRef } from '../manifests/content-ref.js';
import type { ManifestEntry, ManifestHeader } from '../manifests/manifest.js';
import type { ThreadFile } from '../threads/thread-file.js';
import type { VaultReader } from '../vault.js';

/** Resolves when so many bytes may have passed. */
export interface Pace {
  take(bytes: number): Promise<void>;
}

/** A vault whose contents are read no faster than a pace allows. */
export class PacedReader implements VaultReader {
  constructor(
    private readonly vault: VaultReader,
    private readonly pace: Pace,
  ) {}

  readHeader(project: string, snapshotId: string): Promise<ManifestHeader> {
    return this.vault.readHeader(project, snapshotId);
  }

  readEntries(project: string, snapshotId: string): AsyncIterable<ManifestEntry> {
    return this.vault.readEntries(project, snapshotId);
  }

  readEntryBatches(project: string, snapshotId: string): AsyncIterable<ManifestEntry[]> {
    return this.vault.readEntryBatches(project, snapshotId);
  }

  async *readContent(project: string, content: ContentRef): AsyncIterable<Buffer> {
    for await (const bytes of this.vault.readContent(project, content)) {
      await this.pace.take(bytes.length);
      yield bytes;
    }
  }

  async readContents(project: string, contents: readonly ContentRef[]): Promise<Buffer[]> {
    await this.pace.take(contents.reduce((sum, { bytes }) => sum + bytes, 0));
    return this.vault.readContents(project, contents);
  }

  async deliver<S, W, A>(project: string, contents: readonly ContentRef[], taker: ThreadFile<S>, what: W): Promise<A> {
    await this.pace.take(contents.reduce((sum, { bytes }) => sum + bytes, 0));
    return this.vault.deliver(project, contents, taker, what);
  }
}
