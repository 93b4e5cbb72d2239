import { createHash } from 'node:crypto';
import type { ByteRange } from '../../src/vault/backend/backend.js';
import { lineOf, parseEntry } from '../../src/vault/manifests/manifest-parser.js';
import type { ManifestEntry, ManifestHeader } from '../../src/vault/manifests/manifest.js';
import { listingInMemory } from '../../src/vault/listing/build-listing.js';
import type { Listing } from '../../src/vault/listing/listing.js';
import type { ContentRef } from '../../src/vault/manifests/content-ref.js';
import { deliverHere } from '../../src/vault/reading/content-taker.js';
import type { ThreadFile } from '../../src/vault/threads/thread-file.js';
import { openInMemory } from '../harness/memory-sources.js';
import type { CaptureWriter, CollectReport, PublishReport, Vault } from '../../src/vault/vault.js';

interface Snapshot {
  header: ManifestHeader;
  entries: ManifestEntry[];
}

/** A vault of which nothing survives, for rounds that are to be quick. Contents stay until all of them go. */
export class MemoryVault implements Vault {
  private readonly snapshots = new Map<string, Snapshot>();
  private readonly contents = new Map<string, Buffer>();

  async beginCapture(_project: string, header: Omit<ManifestHeader, 'kind' | 'format'>): Promise<CaptureWriter> {
    const snapshot: Snapshot = { header: { kind: 'header', format: 1, ...header }, entries: [] };
    return {
      added: { plainBytes: 0, packedBytes: 0 },
      store: (source) => this.store(source),
      open: (file) => openInMemory(file, (bytes) => this.keep(bytes)),
      sourcesAtOnce: 2,
      // What would be read back, so that nothing is added that a manifest cannot hold.
      add: async (...entries) => {
        for (const entry of entries) snapshot.entries.push(parseEntry(JSON.parse(JSON.stringify(entry))));
      },
      addLines: async ({ text }) => {
        for (const line of text.toString('utf8').trimEnd().split('\n'))
          snapshot.entries.push(parseEntry(JSON.parse(line)));
      },
      publish: async (): Promise<PublishReport> => {
        this.snapshots.set(header.snapshotId, snapshot);
        return { entries: snapshot.entries.length, storedBytes: 0, lockedUntil: null };
      },
      discard: async () => undefined,
    };
  }

  async readHeader(_project: string, snapshotId: string): Promise<ManifestHeader> {
    return this.snapshotOf(snapshotId).header;
  }

  async *readEntries(_project: string, snapshotId: string): AsyncIterable<ManifestEntry> {
    yield* this.snapshotOf(snapshotId).entries;
  }

  async *readEntryBatches(_project: string, snapshotId: string): AsyncIterable<ManifestEntry[]> {
    yield this.snapshotOf(snapshotId).entries;
  }

  async *readLines(_project: string, snapshotId: string): AsyncIterable<Buffer[]> {
    yield this.snapshotOf(snapshotId).entries.map((entry) => Buffer.from(`${JSON.stringify(lineOf(entry))}\n`));
  }

  async *readContent(_project: string, { bytes, sha256 }: ContentRef): AsyncIterable<Buffer> {
    if (bytes === 0) return;
    const content = this.contents.get(sha256);
    if (!content) throw new Error('The content is not there.');
    // Cut where no row ends, as the chunks of a vault are.
    for (let at = 0; at < bytes; at += 50_021) yield content.subarray(at, at + 50_021);
  }

  async *readPart(_project: string, { sha256 }: ContentRef, { offset, bytes }: ByteRange): AsyncIterable<Buffer> {
    yield (this.contents.get(sha256) ?? Buffer.alloc(0)).subarray(offset, offset + bytes);
  }

  readContents(project: string, contents: readonly ContentRef[]): Promise<Buffer[]> {
    return Promise.all(contents.map((content) => joined(this.readContent(project, content))));
  }

  deliver<S, W, A>(project: string, contents: readonly ContentRef[], taker: ThreadFile<S>, what: W): Promise<A> {
    return deliverHere((some) => this.readContents(project, some), contents, taker, what);
  }

  openListing(project: string, snapshotId: string): Promise<Listing> {
    return listingInMemory(this.readLines(project, snapshotId));
  }

  anew(): Vault {
    return this;
  }

  async deleteManifest(_project: string, snapshotId: string): Promise<void> {
    this.snapshots.delete(snapshotId);
  }

  async collect(): Promise<CollectReport> {
    throw new Error('Nothing is collected here.');
  }

  async probe(): Promise<void> {}

  clear(): void {
    this.snapshots.clear();
    this.contents.clear();
  }

  private async store(source: AsyncIterable<Buffer>): Promise<ContentRef> {
    return this.keep(await joined(source));
  }

  private keep(bytes: Buffer): ContentRef {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.contents.set(sha256, bytes);
    return { bytes: bytes.length, sha256, chunks: bytes.length === 0 ? [] : [{ id: sha256, bytes: bytes.length }] };
  }

  private snapshotOf(snapshotId: string): Snapshot {
    const snapshot = this.snapshots.get(snapshotId);
    if (!snapshot) throw new Error('The snapshot is not there.');
    return snapshot;
  }
}

async function joined(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
