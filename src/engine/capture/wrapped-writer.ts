import type { ContentRef } from '../../vault/manifests/content-ref.js';
import type { ManifestEntry } from '../../vault/manifests/manifest.js';
import type { OpenSource } from '../../vault/packing/packing-lanes.js';
import type { ThreadFile } from '../../vault/threads/thread-file.js';
import type { AddedContent, CaptureOutcome, CaptureWriter, EntryLines, PublishReport } from '../../vault/vault.js';

/** A writer that does what another one does, for those that look at entries on their way. */
export class WrappedWriter implements CaptureWriter {
  constructor(protected readonly inner: CaptureWriter) {}

  get added(): AddedContent {
    return this.inner.added;
  }

  get sourcesAtOnce(): number {
    return this.inner.sourcesAtOnce;
  }

  store(source: AsyncIterable<Buffer>): Promise<ContentRef> {
    return this.inner.store(source);
  }

  open<S, Q, A>(file: ThreadFile<S>, onRead?: (bytes: number) => void): Promise<OpenSource<Q, A>> {
    return this.inner.open(file, onRead);
  }

  add(...entries: readonly ManifestEntry[]): Promise<void> {
    return this.inner.add(...entries);
  }

  addLines(lines: EntryLines): Promise<void> {
    return this.inner.addLines(lines);
  }

  publish(outcome?: CaptureOutcome): Promise<PublishReport> {
    return this.inner.publish(outcome);
  }

  discard(): Promise<void> {
    return this.inner.discard();
  }
}
