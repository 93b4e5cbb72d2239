import { createHash } from 'node:crypto';
import type { ManifestEntry } from '../../vault/manifests/manifest.js';
import { EntriesDigest, givenBackOf } from '../entries-digest.js';
import { WrappedWriter } from './wrapped-writer.js';

/**
 * A writer that reckons what the snapshot would give back, whatever order its entries come in: two with the same digest give back the same rows,
 * files, definitions and settings. It leaves out what says when and how something was read; so the same content that was read in
 * other pieces has another digest, and it proves sameness only.
 */
export class DigestingWriter extends WrappedWriter {
  private readonly all = new EntriesDigest();
  private readonly tables = new Map<number, string>();

  /** SHA-256 in hex. `definitions`: what the definitions are, which is not what `pg_dump` wrote: see `ArchiveDigest`. */
  digest(definitions: string | undefined): string {
    return createHash('sha256')
      .update(new Uint8Array(this.all.words.buffer))
      .update(definitions ?? '')
      .digest('hex');
  }

  override async add(...entries: readonly ManifestEntry[]): Promise<void> {
    for (const entry of entries) {
      const given = this.givenBack(entry);
      if (given !== null) this.all.add(given);
    }
    await this.inner.add(...entries);
  }

  /** Of entries that are added as lines, which are not looked into: the sum of what they give back. */
  addSum(words: Uint32Array): void {
    this.all.addAll(words);
  }

  /** Of an entry what comes back from it, in an order of its own; null when that is nothing. */
  private givenBack(entry: ManifestEntry): unknown {
    switch (entry.kind) {
      case 'file':
        return givenBackOf(entry);
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
      case 'sequence':
        return entry.ofLeftOut ? null : entry;
      case 'directory':
      case 'symlink':
      case 'exclusion':
      case 'left-out':
      case 'materialized-view':
      case 'contents':
        return entry;
    }
  }
}
