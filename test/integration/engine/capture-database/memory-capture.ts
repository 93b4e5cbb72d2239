import { createHash } from 'node:crypto';
import { CaptureProgress } from '../../../../src/engine/capture/capture-progress.js';
import { CaptureWarnings } from '../../../../src/engine/capture/capture-warnings.js';
import {
  type DatabaseBase,
  DatabaseBaseReader,
} from '../../../../src/engine/capture/database/history/database-base.js';
import {
  type DatabaseCaptureOptions,
  openDatabaseCapture,
} from '../../../../src/engine/capture/database/database-capture.js';
import type { DatabaseCaptured } from '../../../../src/engine/capture/database/database-run.js';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import { silentProgress } from '../../../../src/engine/progress.js';
import { parseEntry } from '../../../../src/vault/manifests/manifest-parser.js';
import type { DatabaseEntry, SegmentEntry, TableEntry } from '../../../../src/vault/manifests/manifest-database.js';
import type { ManifestEntry } from '../../../../src/vault/manifests/manifest.js';
import type { ContentRef } from '../../../../src/vault/manifests/content-ref.js';
import type { ThreadFile } from '../../../../src/vault/threads/thread-file.js';
import type { OpenSource } from '../../../../src/vault/packing/packing-lanes.js';
import type { CaptureWriter, EntryLines } from '../../../../src/vault/vault.js';
import { openInMemory } from '../../../harness/memory-sources.js';

/** A capture that went into memory. */
export class MemoryCapture implements CaptureWriter {
  readonly entries: ManifestEntry[] = [];
  private readonly contents = new Map<string, Buffer>();
  readonly added = { plainBytes: 0, packedBytes: 0 };
  result!: DatabaseCaptured;

  /** Called for each content, before it is stored. */
  onStore: () => Promise<void> = async () => undefined;

  readonly sourcesAtOnce = 2;

  async store(source: AsyncIterable<Buffer>): Promise<ContentRef> {
    await this.onStore();
    const parts: Buffer[] = [];
    for await (const part of source) parts.push(part);
    return this.keep(Buffer.concat(parts));
  }

  /** On this thread. */
  async open<S, Q, A>(file: ThreadFile<S>): Promise<OpenSource<Q, A>> {
    // The rows of a table are a content as well.
    const onAsk = async (question: Q) => {
      if ((question as { kind?: string }).kind === 'copy') await this.onStore();
    };
    return openInMemory(file, (bytes) => this.keep(bytes), onAsk);
  }

  private keep(bytes: Buffer): ContentRef {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.contents.set(sha256, bytes);
    return { bytes: bytes.length, sha256, chunks: bytes.length === 0 ? [] : [{ id: sha256, bytes: bytes.length }] };
  }

  /** Keeps what would be read back, so that nothing is added that a manifest cannot hold. */
  async add(...entries: readonly ManifestEntry[]): Promise<void> {
    for (const entry of entries) this.entries.push(parseEntry(JSON.parse(JSON.stringify(entry))));
  }

  async addLines({ text }: EntryLines): Promise<void> {
    for (const line of text.toString('utf8').trimEnd().split('\n')) this.entries.push(parseEntry(JSON.parse(line)));
  }

  asBase(): DatabaseBase {
    const { entries } = this;
    const reader = new DatabaseBaseReader(async function* () {
      yield entries;
    });
    for (const entry of entries) reader.add(entry);
    return reader.finish();
  }

  async publish(): Promise<never> {
    throw new Error('Nothing of this is published.');
  }

  async discard(): Promise<void> {}

  get database(): DatabaseEntry {
    return this.ofKind('database')[0]!;
  }

  ofKind<K extends ManifestEntry['kind']>(kind: K): Extract<ManifestEntry, { kind: K }>[] {
    return this.entries.filter((entry) => entry.kind === kind) as Extract<ManifestEntry, { kind: K }>[];
  }

  table(name: string): TableEntry {
    const found = this.ofKind('table').find((entry) => entry.name === name);
    if (!found) throw new Error(`The capture has no table "${name}".`);
    return found;
  }

  /** In the order of their blocks. */
  segments(name: string): SegmentEntry[] {
    const { table } = this.table(name);
    return this.ofKind('segment')
      .filter((entry) => entry.table === table)
      .toSorted((a, b) => a.fromBlock - b.fromBlock);
  }

  /** What a segment has, where the base was given when it was carried over. */
  text(content: ContentRef, base?: MemoryCapture): string {
    const bytes = content.bytes === 0 ? Buffer.alloc(0) : this.contents.get(content.sha256);
    if (bytes) return bytes.toString('latin1');
    if (!base) throw new Error('The content is not there.');
    return base.text(content);
  }

  /** The lines of a table's text, as UTF-8, in the order of its blocks. */
  rows(name: string, base?: MemoryCapture): string[] {
    const text = this.segments(name)
      .map(({ content }) => this.text(content, base))
      .join('');
    const lines = Buffer.from(text, 'latin1').toString('utf8').split('\n');
    lines.pop();
    return lines;
  }
}

export interface CaptureTestOptions extends Omit<DatabaseCaptureOptions, 'base'> {
  base?: MemoryCapture;
  /** After the cut, before anything is read. */
  onSettled?: () => Promise<void>;
  /** For each content, before it is stored. */
  onStore?: () => Promise<void>;
  signal?: AbortSignal;
}

/** Captures a database alone. */
export async function captureInMemory(
  address: DatabaseAddress,
  { base, onSettled, onStore, signal = new AbortController().signal, ...options }: CaptureTestOptions = {},
): Promise<MemoryCapture> {
  const capture = await openDatabaseCapture(
    address,
    {
      connections: 2,
      ...options,
      ...(base && { base: base.asBase() }),
    },
    { signal },
  );
  try {
    await onSettled?.();
    const memory = new MemoryCapture();
    if (onStore) memory.onStore = onStore;
    const warnings = new CaptureWarnings(memory);
    const progress = new CaptureProgress(silentProgress, ['database']);
    memory.result = await capture.run({ writer: memory, warnings, progress, signal });
    return memory;
  } finally {
    await capture.close();
  }
}
