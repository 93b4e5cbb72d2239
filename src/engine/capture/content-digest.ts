import { createHash, hash } from 'node:crypto';
import type { ManifestEntry } from '../../vault/manifests/manifest.js';
import type { ContentRef } from '../../vault/manifests/content-ref.js';
import type { ThreadFile } from '../../vault/threads/thread-file.js';
import type { OpenSource } from '../../vault/packing/packing-lanes.js';
import type { AddedContent, CaptureOutcome, CaptureWriter, PublishReport } from '../../vault/vault.js';

/** Numbers of 64 bits that the digest is made of. */
const WORDS = 4;

/**
 * A writer that reckons what the snapshot would give back, whatever order its entries come in: two with the same digest give back the same rows,
 * files, definitions and settings. It leaves out what says when and how something was read; so the same content that was read in
 * other pieces has another digest, and it proves sameness only.
 */
export class DigestingWriter implements CaptureWriter {
  /** The sum of the hashes of all entries. */
  private readonly sum = new BigUint64Array(WORDS);
  private readonly tables = new Map<number, string>();

  constructor(private readonly inner: CaptureWriter) {}

  /** SHA-256 in hex. `definitions`: what the definitions are, which is not what `pg_dump` wrote: see `ArchiveDigest`. */
  digest(definitions: string | undefined): string {
    return createHash('sha256')
      .update(new Uint8Array(this.sum.buffer))
      .update(definitions ?? '')
      .digest('hex');
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
    for (const entry of entries) {
      const given = this.givenBack(entry);
      if (given !== null) this.count(JSON.stringify(given));
    }
    await this.inner.add(...entries);
  }

  publish(outcome?: CaptureOutcome): Promise<PublishReport> {
    return this.inner.publish(outcome);
  }

  discard(): Promise<void> {
    return this.inner.discard();
  }

  private count(text: string): void {
    const sum = hash('sha256', text, 'buffer');
    for (let word = 0; word < WORDS; word += 1) this.sum[word] = (this.sum[word] ?? 0n) + sum.readBigUInt64LE(word * 8);
  }

  /** Of an entry what comes back from it, in an order of its own; null when that is nothing. */
  private givenBack(entry: ManifestEntry): unknown {
    switch (entry.kind) {
      case 'file': {
        const { kind, path, mode, uid, gid, mtimeNs, sparse, content } = entry;
        return [kind, path, mode, uid, gid, mtimeNs, sparse?.bytes, sparse?.runs, content.sha256];
      }
      case 'database':
        return [entry.kind, entry.serverVersion, entry.properties, entry.searchPath];
      case 'description':
        return [entry.kind, entry.content.sha256];
      case 'table': {
        const { kind, schema, name, columns, generated, condition } = entry;
        this.tables.set(entry.table, JSON.stringify([schema, name]));
        return [kind, schema, name, columns, generated, condition];
      }
      case 'segment':
        // Where its rows lay is not what they are.
        return [entry.kind, this.tables.get(entry.table), entry.rows, entry.generatedDigest, entry.content.sha256];
      case 'warning':
        return null;
      case 'directory':
      case 'symlink':
      case 'sequence':
      case 'materialized-view':
      case 'contents':
        return entry;
    }
  }
}
