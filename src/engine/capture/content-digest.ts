import { createHash, hash } from 'node:crypto';
import type { ManifestEntry } from '../../vault/manifests/manifest.js';
import { WrappedWriter } from './wrapped-writer.js';

/** Numbers of 64 bits that the digest is made of. */
const WORDS = 4;

/**
 * A writer that reckons what the snapshot would give back, whatever order its entries come in: two with the same digest give back the same rows,
 * files, definitions and settings. It leaves out what says when and how something was read; so the same content that was read in
 * other pieces has another digest, and it proves sameness only.
 */
export class DigestingWriter extends WrappedWriter {
  /** The sum of the hashes of all entries. */
  private readonly sum = new BigUint64Array(WORDS);
  private readonly tables = new Map<number, string>();

  /** SHA-256 in hex. `definitions`: what the definitions are, which is not what `pg_dump` wrote: see `ArchiveDigest`. */
  digest(definitions: string | undefined): string {
    return createHash('sha256')
      .update(new Uint8Array(this.sum.buffer))
      .update(definitions ?? '')
      .digest('hex');
  }

  override async add(...entries: readonly ManifestEntry[]): Promise<void> {
    for (const entry of entries) {
      const given = this.givenBack(entry);
      if (given !== null) this.count(JSON.stringify(given));
    }
    await this.inner.add(...entries);
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
